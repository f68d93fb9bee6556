"""What counting takes at the size that a course may bring: 20,000 documents, 50,000 terms, two gigabytes in all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS, TERMS, LENGTH = 20_000, 50_000, 200
PIPELINE = f"""
import json, resource
import numpy as np
from reference.counts.bag_of_words import count_matrix
from reference.counts.cooccurrence import cooccurrence
from reference.counts.lsa import lsa
from reference.counts.ppmi import ppmi
from reference.counts.similarity import cosine_similarities
from reference.counts.tf_idf import tf_idf
from reference.counts.vocabulary import build_vocabulary
from tests.reference.zipf import zipf_documents

documents = zipf_documents(np.random.default_rng(1), {DOCUMENTS}, 2 * {TERMS}, {LENGTH})
vocabulary = build_vocabulary(documents, max_size={TERMS})
C = count_matrix(documents, vocabulary)
X = tf_idf(C)
near = cosine_similarities(X[:100], X)
space = lsa(X, 20)
numbers = [vocabulary.encode(document) for document in documents]
M = ppmi(cooccurrence(numbers, len(vocabulary), 2, "harmonic"))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({{
    "peak": peak, "shape": X.shape, "tokens": int(C.sum()), "cells": C.nnz, "near": near.shape, "pairs": M.nnz,
    "space": space.documents.shape,
}}))
"""


@pytest.mark.slow
def test_20_000_documents_of_50_000_terms_stay_within_two_gigabytes() -> None:
    done = subprocess.run([sys.executable, "-c", PIPELINE], capture_output=True, text=True, check=True, cwd=ROOT)
    report = json.loads(done.stdout)
    assert report["shape"] == [DOCUMENTS, TERMS]
    assert report["space"] == [DOCUMENTS, 20]
    assert report["tokens"] == pytest.approx(DOCUMENTS * LENGTH, rel=0.01)
    assert report["cells"] > DOCUMENTS * LENGTH / 2
    assert report["pairs"] > report["cells"]
    assert report["peak"] < 2e9, f"{report['peak'] / 1e9:.2f} GB"
