"""The catalogue files of a release for open-data portals: DCAT-AP, DCAT-AP_IT, VoID statistics and DQV quality measurements."""
