"""Measures the reading of chat on public text sets: `python -m benchmarks.bench_text --data DIR --seed N`.

Each line is one figure: its name, its value, and the files and split it was measured on. Sets that are missing from
the folder are skipped by name. Every model is trained here and discarded.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from benchmarks import text_sets as sets
from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.aspect_learning import AspectFeatures, fit_aspects
from xuanpin.models.text.aspects import ASPECTS
from xuanpin.models.text.learned_aspects import FEWEST_LABELS, LabelledAspects, try_aspects
from xuanpin.models.text.lexicon import load_lexicon
from xuanpin.models.text.ngram_logit import fit_ngram_logit
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import SentimentModel, lexicon_model
from xuanpin.models.text.sentiment_learning import NO_OPINION, UNKNOWN, LearningTexts, learn
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts, pick_texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.encoder import encoder_labels
from xuanpin.pipelines.settings.deciding import FeedbackSettings

NEITHER = 0.3
"""Mean polarity of a session (-1 to 1) up to which its buyer counts as neutral."""


def report(name: str, value: float, note: str) -> None:
    print(f"{name:<44} {value:>10.4f}  {note}", flush=True)


def calibration_error(predicted: Floats, truth: Flags, bins: int = 10) -> float:
    """Expected calibration error over equal bins (Naeini et al., 2015)."""
    place = np.minimum((predicted * bins).astype(int), bins - 1)
    gaps = [abs(predicted[place == k].mean() - truth[place == k].mean()) * (place == k).mean() for k in set(place)]
    return float(sum(gaps))


def describe(name: str, model: SentimentModel, texts: EncodedTexts, truth: Flags, note: str) -> None:
    predicted = model.content(texts)
    report(f"{name}: accuracy", float(np.mean((predicted > 0.5) == truth)), note)
    report(f"{name}: AUC", float(roc_auc_score(truth, predicted)), note)
    report(f"{name}: ECE", calibration_error(predicted, truth), note)


def known_texts(texts: EncodedTexts, labels: NDArray[np.int8], seed: int) -> LearningTexts:
    draw = np.random.default_rng(seed).random(len(texts))
    return LearningTexts(texts, np.full(len(texts), UNKNOWN, np.int8), labels, draw)


def polarity(data: Path, seed: int) -> None:
    """Shopping reviews, one fold in five held out: lexicon, no labels, 500 labels, all labels of the other folds."""
    reviews, truth = sets.shop10(data)
    texts, scorer = encode_texts(reviews), LexiconScorer(load_lexicon())
    generator = np.random.default_rng(seed)
    fold = generator.integers(0, 5, len(texts))
    train, test = np.flatnonzero(fold), np.flatnonzero(fold == 0)
    note = f"zh_shop10, {len(test)} held out, trained on {len(train)}"
    held_out, seen = pick_texts(texts, test), pick_texts(texts, train)
    describe("lexicon alone", lexicon_model(load_lexicon()), held_out, truth[test], note)
    started = time.process_time()
    none = learn(scorer, known_texts(seen, np.full(len(train), UNKNOWN, np.int8), seed))
    report("bootstrap: CPU seconds", time.process_time() - started, f"{len(train)} texts")
    describe("no labels", none, held_out, truth[test], note)
    for count in (500, len(train)):
        labels = np.full(len(train), UNKNOWN, np.int8)
        chosen = generator.permutation(len(train))[:count]
        labels[chosen] = truth[train][chosen]
        describe(f"{count} labels", learn(scorer, known_texts(seen, labels, seed)), held_out, truth[test], note)
    for name, (other, content) in sets.other_corpora(data).items():
        describe(f"{name}, never trained on", none, encode_texts(other), content, f"{len(other)} texts, no labels")


def short_chat(data: Path, seed: int) -> None:
    """1,000 very short messages by an n-gram logit of the others, then by one distilled on 3,000 of them."""
    messages, content = sets.other_corpora(data)["short chat"]
    order = np.random.default_rng(seed).permutation(len(messages))
    test, rest = order[:1_000], order[1_000:]
    scorer = LexiconScorer(load_lexicon())
    texts, held_out = (encode_texts([messages[row] for row in rows]) for rows in (rest, test))
    note = f"zh_chat_sentiment, {len(test)} tested, no labels of {len(rest)} others"
    describe("short chat, lexicon alone", lexicon_model(load_lexicon()), held_out, content[test], note)
    known = known_texts(texts, np.full(len(rest), UNKNOWN, np.int8), seed)
    try:
        answers = encoder_labels(known, pa.chunked_array([[messages[row] for row in rest]]), scorer, 3_000)
    except UsageError as missing:
        print(f"short chat with the encoder: skipped, {missing}")
        return
    describe(
        "short chat, encoder distilled", learn(scorer, replace(known, teacher=answers)), held_out, content[test], note
    )


def no_opinion(data: Path, seed: int) -> None:
    """Car posts without an opinion against the opinions of four domains, each tested on held-out texts.

    The n-gram logit learns from shopping reviews alone; then from the chat of a platform that also serves cars and
    restaurants: half of those posts and sentences and of the turns of service dialogues, all without labels; then from
    500 labels.
    """
    posts, has_opinion = sets.car_forum(data)
    reviews, truth = sets.shop10(data)
    others = sets.other_corpora(data)
    generator = np.random.default_rng(seed)
    neutral, free_neutral = halves([posts[row] for row in np.flatnonzero(~has_opinion)], generator)
    voiced, free_voiced = halves([posts[row] for row in np.flatnonzero(has_opinion)], generator)
    sentences, free_sentences = halves(others["restaurants"][0], generator)
    turns, _ = halves(sets.service_turns(data), generator)
    fold = generator.integers(0, 5, len(reviews))
    seen, held_out = (reviews.take(rows).to_pylist() for rows in (np.flatnonzero(fold), np.flatnonzero(fold == 0)))
    complaints = [words for words, content in zip(held_out, truth[fold == 0], strict=True) if not content]
    tested = {
        "recognised": free_neutral,
        "lost, shopping": held_out,
        "lost, complaints": complaints,
        "lost, complaints that ask": [words for words in complaints if set(words) & set("?？")],
        "lost, cosmetics": others["cosmetics"][0],
        "lost, restaurants": free_sentences,
        "lost, cars": free_voiced,
        "silent, JD reviews": sets.distinct_reviews(data, "zh_eprstmt"),
        "silent, hair care": sets.distinct_reviews(data, "zh_shampoo"),
    }
    nothing = np.full(len(seen), UNKNOWN, np.int8)
    compare_silence("shopping reviews", known_texts(encode_texts(seen), nothing, seed), tested)
    platform = neutral + voiced + sentences + turns
    nothing = np.full(len(seen) + len(platform), UNKNOWN, np.int8)
    compare_silence("platform", known_texts(encode_texts(seen + platform), nothing, seed), tested)
    chosen = generator.permutation(len(seen))[:250]
    labels = np.full(len(seen) + 250, UNKNOWN, np.int8)
    labels[chosen], labels[len(seen) :] = truth[np.flatnonzero(fold)][chosen], NO_OPINION
    compare_silence("500 labels", known_texts(encode_texts(seen + neutral[:250]), labels, seed), tested)
    own_opinions(encode_texts(posts), has_opinion, seed)


def halves(texts: list[str], generator: np.random.Generator) -> tuple[list[str], list[str]]:
    order = generator.permutation(len(texts))
    return [texts[row] for row in order[: len(texts) // 2]], [texts[row] for row in order[len(texts) // 2 :]]


def compare_silence(name: str, known: LearningTexts, tested: dict[str, list[str]]) -> None:
    model = learn(LexiconScorer(load_lexicon()), known)
    for what, texts in tested.items():
        silent = np.isnan(model.satisfaction(encode_texts(texts))).mean()
        report(f"no opinion, {name}: {what}", float(silent), f"{len(texts)} tested, {len(known.texts)} read before")


def own_opinions(texts: EncodedTexts, has_opinion: Flags, seed: int) -> None:
    """How far the set's own labels can be told apart by a supervised model of all n-grams: its ceiling."""
    train = np.random.default_rng(seed).random(len(texts)) < 0.7
    taught = fit_ngram_logit(pick_texts(texts, np.flatnonzero(train)), has_opinion[train], np.ones(train.sum()))
    voiced = taught.log_odds(pick_texts(texts, np.flatnonzero(~train)))
    for lost in (0.1, 0.6):
        limit = np.quantile(voiced[has_opinion[~train]], lost)
        caught = float(np.mean(voiced[~has_opinion[~train]] < limit))
        report(f"no opinion, forum's own labels, {lost} lost", caught, "zh_car_forum, supervised by 70 % of its labels")


def f1(predicted: Flags, truth: Flags) -> float:
    return float(2 * (predicted & truth).sum() / (predicted.sum() + truth.sum()))


def aspects(data: Path, seed: int) -> None:
    """Aspects of cosmetics reviews: 8 aspects of the glossary × 3 polarities; split by review at random."""
    reviews, classes = sets.zhijiang(data)
    texts, features = encode_texts(reviews), AspectFeatures(load_lexicon())
    report(
        "aspect micro-F1, no labels",
        f1(features.named(texts), any_polarity(classes)),
        f"zh_zhijiang, {len(texts)} reviews",
    )
    order = np.random.default_rng(seed).permutation(len(texts))
    taught_in_the_night(texts, any_polarity(classes), features, order)
    for count in (500, int(0.6 * len(texts))):
        train, test = order[:count], order[count:]
        seen, held_out = pick_texts(texts, train), pick_texts(texts, test)
        note = f"zh_zhijiang, {count} labelled reviews, {len(test)} tested"
        found = fit_aspects(seen, any_polarity(classes[train]), features).predict(held_out)
        report("aspect micro-F1", f1(found, any_polarity(classes[test])), note)
        pairs = fit_aspects(seen, classes[train], features).predict(held_out)
        report("(aspect, polarity) micro-F1", f1(pairs, classes[test]), note)
        common = np.flatnonzero(classes[test].sum(axis=0) >= 20)
        macro = float(np.mean([f1(pairs[:, k], classes[test][:, k]) for k in common]))
        report("(aspect, polarity) macro-F1", macro, f"{len(common)} classes with 20 test rows or more")
        blamed = slice(1, None, 3)
        recall = (pairs & classes[test])[:, blamed].sum() / classes[test][:, blamed].sum()
        report("recall of negatives", float(recall), note)


def taught_in_the_night(texts: EncodedTexts, named: Flags, features: AspectFeatures, order: Ints) -> None:
    """The night's own rule at the fewest labels from which it learns aspects."""
    train, test = order[:FEWEST_LABELS], order[FEWEST_LABELS:]
    draw = np.linspace(0.0, 1.0, FEWEST_LABELS, endpoint=False)
    trial = try_aspects(None, LabelledAspects(pick_texts(texts, train), named[train], draw), features)
    assert trial is not None
    found = (trial.better or features).named(pick_texts(texts, test))
    note = f"zh_zhijiang, {len(train)} labelled reviews, {len(test)} tested"
    report("aspect micro-F1, in the night", f1(found, named[test]), note)
    others = [k for k, aspect in enumerate(ASPECTS) if aspect != "quality"]
    report("... without quality", f1(found[:, others], named[test][:, others]), note)
    words = features.named(pick_texts(texts, test))[:, others]
    report("... without quality, no labels", f1(words, named[test][:, others]), note)


def any_polarity(classes: Flags) -> Flags:
    return np.asarray(classes.reshape(len(classes), len(ASPECTS), 3).any(axis=2))


def roll_up(data: Path, seed: int) -> None:
    """Session satisfaction from the buyer's turns by the night's rule: nothing is learned, so all are tested."""
    polarities, starts, truth = sets.sessions(data)
    said = [polarities[first:last] for first, last in pairwise(starts)]
    fading = FeedbackSettings().fading
    left = np.array([np.average(turns, weights=fading ** np.arange(len(turns))[::-1]) for turns in said])
    found = np.where(np.abs(left) <= NEITHER, 0.0, np.sign(left))
    report("session roll-up: macro-F1", float(f1_score(truth, found, average="macro")), f"{len(said)} sessions")


def speed(data: Path, seed: int) -> None:
    """Messages a second on one core, at the natural lengths of the set cut to 58 characters on average."""
    reviews, _ = sets.shop10(data)
    texts = encode_texts(reviews)
    scorer = LexiconScorer(load_lexicon())
    model = learn(scorer, known_texts(texts, np.full(len(texts), UNKNOWN, np.int8), seed))
    note = f"{len(reviews)} messages of {texts.lengths.mean():.0f} characters"
    for name, work in {
        "scoring messages/s, from strings": lambda: model.satisfaction(encode_texts(reviews)),
        "scoring messages/s, encoded": lambda: model.satisfaction(texts),
        "lexicon messages/s, encoded": lambda: scorer.score(texts),
    }.items():
        report(name, len(reviews) / _best_time(work), note)
    report("peak memory, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "whole benchmark so far")
    sets.compare_speed(reviews, report)


def _best_time(work: Callable[[], object], tries: int = 3) -> float:
    times = []
    for _ in range(tries):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


MEASURES = (polarity, short_chat, aspects, roll_up, no_opinion, speed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=[measure.__name__ for measure in MEASURES])
    asked = parser.parse_args()
    for measure in MEASURES:
        if asked.only in (None, measure.__name__):
            try:
                measure(asked.data, asked.seed)
            except FileNotFoundError as missing:
                print(f"{measure.__name__}: skipped, {missing}")


if __name__ == "__main__":
    main()
