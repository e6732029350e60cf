"""Recognise what a spreadsheet shows in a cell whose formula failed, in the languages of Excel; for `table_reader`.

A workbook stores these values in English (ECMA-376 Part 1, 18.17.3); a table saved as CSV, or pasted as text, has those of its program's language.
"""

import re

_ERRORS = """
#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! #CONNECT! #BUSY! #EXTERNAL! #PYTHON! #TIMEOUT!
#NULLO! #VALORE! #RIF! #NOME? #N/D #ESPANSIONE! #CAMPO! #BLOCCATO! #SCONOSCIUTO! #CONNESSIONE! #OCCUPATO!
#WERT! #BEZUG! #ZAHL! #NV #ÜBERLAUF! #KALK! #FELD! #BLOCKIERT! #UNBEKANNT! #VERBINDEN! #BESETZT!
#NUL! #VALEUR! #NOM? #NOMBRE! #PROPAGATION! #EPARS! #CALCUL! #CHAMP! #BLOQUE! #INCONNU! #CONNEXION! #OCCUPE!
#¡NULO! #¡DIV/0! #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #¡DESBORDAMIENTO! #¡CALC! #¡CAMPO! #¡BLOQUEADO! #¡DESCONOCIDO! #¡CONECTAR! #¡OCUPADO!
#NULO! #VALOR! #NOMBRE? #DESBORDAMIENTO! #NÚM! #DESPEJO! #DESPEJAR! #DESPEJADO! #BLOQUEADO! #DESCONHECIDO!
#LEEG! #DEEL/0! #WAARDE! #VERW! #NAAM? #GETAL! #N/B #OVERLOPEN! #OVERLOOP! #VELD! #GEBLOKKEERD! #ONBEKEND!
#ZERO! #DZIEL/0! #ARG! #ADR! #NAZWA? #LICZBA! #N/D! #ROZLANIE! #OBL! #POLE!
#SKÄRNING! #DIVISION/0! #VÄRDEFEL! #REFERENS! #NAMN? #OGILTIGT! #SAKNAS! #SAKNAS #SPILL! #FÄLT!
#VÆRDI! #REFERENCE! #NAVN? #I/T #OVERLØB! #FELT!
#VERDI! #OVERFLYT! #OVERFLØD!
#TYHJÄ! #JAKO/0! #ARVO! #VIITTAUS! #NIMI? #LUKU! #PUUTTUU! #PUUTTUU #LEVITYS!
#DĚLENÍ_NULOU! #HODNOTA! #ODKAZ! #NÁZEV? #ČÍSLO! #NENÍ_K_DISPOZICI #NEDOSTUPNÝ! #PŘESAH! #PŘESAHOVÁNÍ!
#DELENIE_NULOU! #NÁZOV? #NEDOSTUPNÝ #PRESAH!
#NULLA! #ZÉRÓOSZTÓ! #ÉRTÉK! #HIV! #NÉV? #SZÁM! #HIÁNYZIK #KIBONTÁS! #KITÖLTÉS!
#BOŞ! #SAYI/0! #DEĞER! #BAŞV! #AD? #SAYI! #YOK #TAŞMA!
#ПУСТО! #ДЕЛ/0! #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #Н/Д #ПЕРЕНОС! #ПЕРЕЛИВ!
#ΚΕΝΟ! #ΔΙΑΙΡ/0! #ΤΙΜΗ! #ΑΝΑΦ! #ΟΝΟΜΑ? #ΑΡΙΘ! #Δ/Υ
#DEL/0! #VREDN! #SKLIC! #IME? #ŠTEV! #N/V #DIJ/0! #VRIJ! #NAZIV? #BROJ! #VALOARE! #NUME?
"""
"""English, Italian, German, French, Spanish, Portuguese, Dutch, Polish, Swedish, Danish, Norwegian, Finnish, Czech, Slovak, Hungarian, Turkish,
Russian, Greek, and Slovenian with Croatian and Romanian: a line each."""

_KNOWN = frozenset(_ERRORS.split())
_OTHER = re.compile(r"#{3,}|(?:Err|Fehler|Erreur) ?:5[0-9]{2}")
"""A column that is too narrow for its number, saved as it shows; an error of LibreOffice."""


def is_cell_error(text: str) -> bool:
    """Whether a text is what a spreadsheet shows in place of a value.

    >>> [is_cell_error(text) for text in ("#RIF!", "#nv", "#¿NOMBRE?", "####", "Err:508", "#iorestoacasa", "#1")]
    [True, True, True, True, True, False, False]
    """
    if not text.startswith(("#", "E", "F")) or len(text) > 30:
        return False
    return text.upper() in _KNOWN or _OTHER.fullmatch(text) is not None
