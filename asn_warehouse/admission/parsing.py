r"""From text as agencies write it to typed values, as DuckDB expressions.

A value that cannot be read, or could be read in two ways, becomes null; ``is_ambiguous`` tells
the two apart. Dates: ``YYYY-MM-DD``, ``DD-MM-YYYY``, ``DD/MM/YYYY``, ``17 Agustus 2026``, Excel
serials. Numbers: ``85.5``, ``85,5``, ``1.234,5``. ``1.234`` could be either and is ambiguous.
"""

from asn_warehouse.contracts import Column

WHITESPACE = (
    " \t\r\n\v\f\u0085\u00a0\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u2060"
    "\u2066\u2067\u2068\u2069\u3000\ufeff"
)
"""Blanks of every width, and the signs of zero width that come with copied text."""

MISSING = ("", "-", "NULL", "N/A")
MONTHS = {
    "jan": 1, "januari": 1, "feb": 2, "februari": 2, "peb": 2, "pebruari": 2, "mar": 3, "maret": 3,
    "apr": 4, "april": 4, "mei": 5, "jun": 6, "juni": 6, "jul": 7, "juli": 7, "agu": 8, "agt": 8,
    "agustus": 8, "sep": 9, "sept": 9, "september": 9, "okt": 10, "oktober": 10, "nov": 11,
    "nop": 11, "november": 11, "nopember": 11, "des": 12, "desember": 12,
}  # fmt: skip

NIP_EXCEL = r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+|[0-9]{18}[.,]0+"
"""An NIP that passed through a number: scientific notation or a decimal part."""

NIP_LAYOUT = (
    r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(19|20)[0-9]{2}"
    r"(0[1-9]|1[0-2]|[2-9][0-9])[12][0-9]{3}"
)
"""PNS: birth, year and month of appointment, sex, serial; PPPK: digits 13 and 14 are 20 to 99."""

_NIP_IN_TEXT = (
    r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[ .-]?(19|20)[0-9]{2}"
    r"(0[1-9]|1[0-2]|[2-9][0-9])[ .-]?[12][ .-]?[0-9]{3}"
)
_NIK_IN_TEXT = (
    r"(1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])[0-9]{4}"
    r"(0[1-9]|[12][0-9]|3[01]|4[1-9]|[56][0-9]|7[01])(0[1-9]|1[0-2])[0-9]{6}"
)
IDENTITY_IN_TEXT = rf"(^|[^0-9a-fA-F])({_NIP_IN_TEXT}|{_NIK_IN_TEXT})([^0-9a-fA-F]|$)"
"""An NIP as people write it, or an NIK (province, district, birth date, serial), inside a text.

Identifiers of SIASN are hexadecimal: a run of digits beside such letters is a part of one.
"""

FAILED_FORMULA = r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|RUMUS!)"
"""What Excel shows, and writes into a CSV, where a formula has no result."""

_YEAR = "((19|20)[0-9]{2}|2100)"
_ISO = _YEAR + r"-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?)?"
_DAY_FIRST = rf"[0-9]{{1,2}}[-/][0-9]{{1,2}}[-/]{_YEAR}( 0{{1,2}}:00(:00)?)?"
_WORDS = rf"[0-9]{{1,2}} +[A-Za-z]+\.? +{_YEAR}"
_SERIAL = r"([1-6][0-9]{4}|7[0-2][0-9]{3}|73[0-3][0-9]{2}|7340[0-9]|7341[0-5])(\.0+)?"
"""Excel's days from 1927-05-18 (10000) to 2100-12-31 (73415)."""

_DECIMAL = r"[+-]?[0-9]+([.,][0-9]+)?"
_THOUSANDS_ID = r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?"
_THOUSANDS_EN = r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"
_SCIENTIFIC = r"[+-]?[0-9](\.[0-9]+)?[eE][+-]?[0-9]{1,2}"
_AMBIGUOUS = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"

NUMBER_CHARACTERS = 64
"""A longer text is no number of anything, and might be read as infinite."""


def literal(text: str) -> str:
    """Return ``text`` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def mapping(values: dict[str, str], key: str) -> str:
    """Return an expression that looks ``key`` up in ``values``; null where it is not there."""
    names = ", ".join(literal(name) for name in values)
    results = ", ".join(literal(result) for result in values.values())
    return f"map([{names}], [{results}])[{key}]"


def text_value(raw: str, column: Column) -> str:
    """Return ``raw`` without white space around it, or null where it stands for a missing value.

    White space includes no-break and zero-width kinds. Most values need no such care, and telling
    so costs a twentieth of trimming: values in the very shape of their kind, missing words, and
    values that begin and end with a visible ASCII character.
    """
    missing = ", ".join(literal(word) for word in MISSING)
    longest = max(map(len, MISSING))
    trimmed = f"trim({raw}, {literal(WHITESPACE)})"
    return f"""case
        when {_plain(raw, column)} then {raw}
        when {raw} in ({missing}) then null
        when {raw} between '!' and '~' and {raw}[-1] between '!' and '~'
            and (strlen({raw}) > {longest} or upper({raw}) not in ({missing})) then {raw}
        when upper({trimmed}) in ({missing}) then null
        else {trimmed} end"""


def _plain(raw: str, column: Column) -> str:
    """Return whether ``raw`` is in the shape that values of its kind most often have."""
    if column.kind == "code":
        return f"{raw} in ({', '.join(literal(code) for code in column.codes)})"
    if column.kind == "date":
        return f"{raw} like '____-__-__'"
    if column.kind == "integer":
        return f"strlen({raw}) = 1 and {raw} between '0' and '9'"
    if column.kind == "nip":
        return f"strlen({raw}) = 18 and {raw} between '1' and '3'"
    return "false"


def date_value(text: str) -> str:
    """Return the date that ``text`` writes, between 1900 and 2100; null where it writes none."""
    month = mapping(
        {name: f"{number:02d}" for name, number in MONTHS.items()},
        f"lower(trim({text}[3:-5], ' .'))",
    )
    return f"""case
        when {text} like '____-__-__' and {text} between '1900' and '2101'
            then try_cast({text} as date)
        when regexp_full_match({text}, '{_DAY_FIRST}')
            then try_strptime(replace(split_part({text}, ' ', 1), '/', '-'), '%d-%m-%Y')::date
        when regexp_full_match({text}, '{_ISO}') then try_cast({text}[:10] as date)
        when regexp_full_match({text}, '{_SERIAL}')
            then date '1899-12-30' + try_cast({text}[:5] as integer)
        when regexp_full_match({text}, '{_WORDS}')
            then try_cast({text}[-4:] || '-' || {month} || '-' || trim({text}[:2]) as date)
    end"""


def number_value(text: str) -> str:
    """Return the number that ``text`` writes; null where it writes none or could write two."""
    return f"""case
        when strlen({text}) < 5 and regexp_full_match({text}, '{_DECIMAL}')
            then try_cast(replace({text}, ',', '.') as double)
        when {is_ambiguous(text)} or strlen({text}) > {NUMBER_CHARACTERS} then null
        when regexp_full_match({text}, '{_DECIMAL}')
            then try_cast(replace({text}, ',', '.') as double)
        when regexp_full_match({text}, '{_THOUSANDS_ID}')
            then try_cast(replace(replace({text}, '.', ''), ',', '.') as double)
        when regexp_full_match({text}, '{_THOUSANDS_EN}')
            then try_cast(replace({text}, ',', '') as double)
        when regexp_full_match({text}, '{_SCIENTIFIC}') then try_cast({text} as double)
    end"""


def integer_value(text: str) -> str:
    """Return the whole number that ``text`` writes; ``3,0`` and ``3.0`` are 3."""
    number = number_value(text)
    return f"""case
        when strlen({text}) = 1 then try_cast({text} as integer)
        when strlen({text}) < 10 and regexp_full_match({text}, '[0-9]+')
            then try_cast({text} as integer)
        when ({number}) = floor({number}) then try_cast({number} as integer)
    end"""


def is_ambiguous(text: str) -> str:
    """Return whether ``text`` reads as a thousand and as a fraction alike."""
    return f"regexp_full_match({text}, '{_AMBIGUOUS}')"


def code_value(text: str, column: Column, codes: dict[str, str]) -> str:
    """Return the code that ``text`` names in any case; null where the list has none such."""
    known = ", ".join(literal(code) for code in column.codes)
    folded = f"replace(replace(upper({text}), ' ', '_'), '-', '_')"
    return f"case when {text} in ({known}) then {text} else {mapping(codes, folded)} end"


def nip_value(text: str) -> str:
    """Return the 18 digits of an NIP as a number, which joins and sorts faster than its text.

    Blanks and quotes that people write into it do not matter.
    """
    return f"""case when strlen({text}) = 18 then try_cast({text} as bigint)
        when regexp_full_match({_bare(text)}, '[0-9]{{18}}')
            then try_cast({_bare(text)} as bigint) end"""


def _bare(text: str) -> str:
    return f"""regexp_replace({text}, '[\\s''"`´’‘\u00a0]|^[^0-9]+', '', 'g')"""


def nip_mask(value: str, text: str, bits: dict[str, int]) -> str:
    """Return the mask of an NIP that is missing or no 18 digits; its layout is judged elsewhere."""
    return f"""(case when {value} is not null then 0 when {text} is null then {bits["required"]}
        when regexp_full_match({_bare(text)}, '{NIP_EXCEL}') then {bits["excel_number"]}
        else {bits["format"]} end)::ubigint"""


def nip_layout_mask(number: str, excel: int, wrong: int) -> str:
    """Return the mask of an NIP of 18 digits: rounded by a spreadsheet, or of no known layout."""
    text = f"({number}::varchar)"
    return f"""case when {number} % 1000 = 0 then {excel}::ubigint
        when not regexp_full_match({text}, '{NIP_LAYOUT}')
            or try_strptime({text}[:8], '%Y%m%d') is null then {wrong}::ubigint
        else 0::ubigint end"""


def is_failed_formula(text: str) -> str:
    """Return whether ``text`` is what a spreadsheet shows where a formula failed."""
    return f"{text} between '#' and '#~' and regexp_full_match({text}, '{FAILED_FORMULA}')"


def holds_identity(text: str) -> str:
    """Return whether ``text`` has an NIP or NIK in it; most texts are too short to ask."""
    return f"strlen({text}) >= 16 and regexp_matches({text}, '{IDENTITY_IN_TEXT}')"


def spellings(column: Column, siasn: dict[str, str]) -> dict[str, str]:
    """Return every accepted spelling of a code column, upper case, with the code it names.

    Beside the codes: the contract's synonyms, SIASN's own codes, codes whose leading zero a
    spreadsheet took away, codes that passed through a fraction (``1.0``), and ticks for yes or no.
    """
    exact = {code.upper().replace(" ", "_").replace("-", "_"): code for code in column.codes}
    bare = {code.lstrip("0"): code for code in column.codes if code.isdigit() and code.strip("0")}
    foreign = {identifier: code for code, identifier in siasn.items()}
    synonyms = {
        name.upper().replace(" ", "_").replace("-", "_"): code
        for name, code in column.value_synonyms.items()
    }
    ticks = {"TRUE": "Y", "FALSE": "T"} if set(column.codes) == {"Y", "T"} else {}
    known = {**bare, **ticks, **synonyms, **exact}
    floats = {f"{name}.0": code for name, code in known.items() if name.isdigit()}
    return {**foreign, **floats, **known}
