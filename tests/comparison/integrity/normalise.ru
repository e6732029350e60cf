# The abbreviated form of a cube in full (RDF Data Cube, 10): classes and links that others entail, and attributes of a data set at each observation.
PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

INSERT { ?observation a qb:Observation } WHERE { [] qb:observation ?observation } ;
INSERT { ?observation a qb:Observation } WHERE { ?observation qb:dataSet [] } ;
INSERT { ?slice a qb:Slice } WHERE { [] qb:slice ?slice } ;
INSERT { ?component qb:componentProperty ?property . ?property a qb:DimensionProperty } WHERE { ?component qb:dimension ?property } ;
INSERT { ?component qb:componentProperty ?property . ?property a qb:MeasureProperty } WHERE { ?component qb:measure ?property } ;
INSERT { ?component qb:componentProperty ?property . ?property a qb:AttributeProperty } WHERE { ?component qb:attribute ?property } ;

INSERT { ?observation ?property ?value } WHERE {
  ?component qb:componentAttachment qb:DataSet ; qb:componentProperty ?property .
  ?dataSet qb:structure/qb:component ?component ; ?property ?value .
  ?observation qb:dataSet ?dataSet .
} ;
INSERT { ?observation ?property ?value } WHERE {
  ?component qb:componentAttachment qb:Slice ; qb:componentProperty ?property .
  ?slice a qb:Slice ; ?property ?value ; qb:observation ?observation .
} ;
INSERT { ?observation ?dimension ?value } WHERE {
  ?slice qb:sliceStructure/qb:componentProperty ?dimension ; ?dimension ?value ; qb:observation ?observation .
}
