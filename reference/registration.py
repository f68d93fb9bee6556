"""The one file that makes the references known: the names under which the grader finds them.

A function for each topic, which imports its models when the references are asked for and not before: most commands need
none of them, and SciPy and torch take their time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograder.dataset import Dataset

    References = tuple[Callable[..., object], ...]


@hookimpl
def register_references() -> Mapping[str, Callable[..., object]]:
    """Return every reference under its own name."""
    references = (
        *_recurrent(),
        *_networks(),
        *_counts(),
        *_glove(),
        *_embeddings(),
        *_vectors(),
        *_attention(),
        *_language_models(),
        *_recurrent_extensions(),
        *_trees(),
    )
    return {reference.__name__: reference for reference in references}


@hookimpl
def register_datasets() -> Mapping[str, Dataset]:
    """Return every data set of the catalogue under its own name."""
    from reference.data.catalogue import CATALOGUE

    return CATALOGUE


def _recurrent() -> References:
    from reference.recurrent.birnn import birnn_backward, birnn_forward
    from reference.recurrent.clipping import clip_gradients
    from reference.recurrent.gru import gru_backward, gru_cell_backward, gru_cell_forward, gru_forward
    from reference.recurrent.lstm import lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward
    from reference.recurrent.rnn import rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward

    return (
        rnn_cell_forward,
        rnn_cell_backward,
        rnn_forward,
        rnn_backward,
        lstm_cell_forward,
        lstm_cell_backward,
        lstm_forward,
        lstm_backward,
        gru_cell_forward,
        gru_cell_backward,
        gru_forward,
        gru_backward,
        birnn_forward,
        birnn_backward,
        clip_gradients,
    )


def _networks() -> References:
    from reference.networks.dense import dense_backward, dense_forward, relu, softmax_backward
    from reference.networks.dropout import dropout_mask
    from reference.networks.feed_forward import feed_forward, feed_forward_backward
    from reference.networks.gradient_check import gradient_check, gradient_difference, numerical_gradients
    from reference.networks.initialisation import first_parameters, he, xavier
    from reference.networks.losses import (
        binary_cross_entropy,
        binary_cross_entropy_gradient,
        cross_entropy,
        cross_entropy_gradient,
        l2_gradients,
        l2_penalty,
        squared_error,
        squared_error_gradient,
    )
    from reference.networks.neuron import mcculloch_pitts, perceptron_epoch, perceptron_predict, train_perceptron
    from reference.networks.optimisers import adagrad_step, adam_step, momentum_step, sgd_step

    return (
        mcculloch_pitts,
        perceptron_predict,
        perceptron_epoch,
        train_perceptron,
        dense_forward,
        dense_backward,
        relu,
        softmax_backward,
        cross_entropy,
        cross_entropy_gradient,
        binary_cross_entropy,
        binary_cross_entropy_gradient,
        squared_error,
        squared_error_gradient,
        l2_penalty,
        l2_gradients,
        sgd_step,
        momentum_step,
        adagrad_step,
        adam_step,
        xavier,
        he,
        first_parameters,
        dropout_mask,
        numerical_gradients,
        gradient_difference,
        gradient_check,
        feed_forward,
        feed_forward_backward,
    )


def _counts() -> References:
    from reference.counts.bag_of_words import bag_of_words, n_grams
    from reference.counts.cooccurrence import cooccurrence
    from reference.counts.lsa import truncated_svd
    from reference.counts.one_hot import one_hot, one_hot_sentence
    from reference.counts.ppmi import ppmi
    from reference.counts.similarity import (
        cosine_similarities,
        cosine_similarity,
        euclidean_distance,
        euclidean_distances,
        euclidean_similarity,
    )
    from reference.counts.tf_idf import document_frequency, inverse_document_frequency, tf_idf

    return (
        one_hot,
        one_hot_sentence,
        n_grams,
        bag_of_words,
        document_frequency,
        inverse_document_frequency,
        tf_idf,
        cosine_similarity,
        cosine_similarities,
        euclidean_distance,
        euclidean_similarity,
        euclidean_distances,
        cooccurrence,
        ppmi,
        truncated_svd,
    )


def _glove() -> References:
    from reference.embeddings.glove import glove_gradients, glove_loss, glove_step, glove_weight, probe_ratios

    return (glove_weight, glove_loss, glove_gradients, glove_step, probe_ratios)


def _vectors() -> References:
    from reference.vectors.analogies import three_cos_add, three_cos_mul
    from reference.vectors.association import association, effect_size, p_value
    from reference.vectors.debiasing import bias_direction, equalise, neutralise
    from reference.vectors.evaluation import ranks, spearman
    from reference.vectors.neighbours import largest

    return (
        largest,
        three_cos_add,
        three_cos_mul,
        bias_direction,
        neutralise,
        equalise,
        association,
        effect_size,
        p_value,
        ranks,
        spearman,
    )


def _embeddings() -> References:
    from reference.embeddings.alias import alias_table
    from reference.embeddings.contexts import (
        cbow_pairs,
        concatenated_context,
        concatenated_context_gradient,
        context_of,
        mean_context,
        mean_context_gradient,
        skip_gram_pairs,
    )
    from reference.embeddings.fasttext_classifier import classifier_gradients, classifier_loss
    from reference.embeddings.frequencies import keep_probability, learning_rate_at, noise_distribution
    from reference.embeddings.huffman import huffman_routes
    from reference.embeddings.objectives import (
        hierarchical_softmax_gradients,
        hierarchical_softmax_loss,
        negative_sampling_gradients,
        negative_sampling_loss,
        sampled_softmax_gradients,
        sampled_softmax_loss,
        softmax_gradients,
        softmax_loss,
    )
    from reference.embeddings.subwords import character_ngrams, fnv1a, subword_buckets

    return (
        context_of,
        skip_gram_pairs,
        cbow_pairs,
        mean_context,
        mean_context_gradient,
        concatenated_context,
        concatenated_context_gradient,
        softmax_loss,
        softmax_gradients,
        negative_sampling_loss,
        negative_sampling_gradients,
        hierarchical_softmax_loss,
        hierarchical_softmax_gradients,
        sampled_softmax_loss,
        sampled_softmax_gradients,
        keep_probability,
        noise_distribution,
        learning_rate_at,
        alias_table,
        huffman_routes,
        character_ngrams,
        fnv1a,
        subword_buckets,
        classifier_loss,
        classifier_gradients,
    )


def _attention() -> References:
    from reference.attention.beam_search import beam_search, greedy_search
    from reference.attention.bleu import brevity_penalty, clipped_matches, corpus_bleu
    from reference.attention.context import (
        attention_backward,
        attention_forward,
        last_state_backward,
        last_state_forward,
    )
    from reference.attention.decoder import decoder_backward, decoder_forward
    from reference.attention.encoder_decoder import (
        encoder_backward,
        encoder_forward,
        translation_gradients,
        translation_loss,
    )
    from reference.attention.multi_head import (
        causal_mask,
        join_heads,
        multi_head_backward,
        multi_head_forward,
        scaled_dot_product_backward,
        scaled_dot_product_forward,
        split_heads,
    )
    from reference.attention.scorers import (
        additive_score_backward,
        additive_score_forward,
        dot_score_backward,
        dot_score_forward,
        general_score_backward,
        general_score_forward,
    )
    from reference.attention.weights import attention_weights, attention_weights_backward

    return (
        attention_weights,
        attention_weights_backward,
        additive_score_forward,
        additive_score_backward,
        dot_score_forward,
        dot_score_backward,
        general_score_forward,
        general_score_backward,
        attention_forward,
        attention_backward,
        last_state_forward,
        last_state_backward,
        encoder_forward,
        encoder_backward,
        decoder_forward,
        decoder_backward,
        translation_loss,
        translation_gradients,
        greedy_search,
        beam_search,
        clipped_matches,
        brevity_penalty,
        corpus_bleu,
        scaled_dot_product_forward,
        scaled_dot_product_backward,
        causal_mask,
        split_heads,
        join_heads,
        multi_head_forward,
        multi_head_backward,
    )


def _language_models() -> References:
    from reference.language_models.bengio import bengio_backward, bengio_contexts, bengio_forward, bengio_loss
    from reference.language_models.n_gram import (
        continuation_counts,
        count_n_grams,
        estimate_discount,
        kneser_ney_counts,
        kneser_ney_probability,
    )
    from reference.language_models.perplexity import (
        bits_per_character,
        perplexity,
        sentence_probability,
        word_log_probabilities,
    )
    from reference.language_models.sampled_softmax import sampled_softmax
    from reference.language_models.sampling import at_temperature, keep_nucleus, keep_top_k, reject

    return (
        count_n_grams,
        continuation_counts,
        kneser_ney_counts,
        estimate_discount,
        kneser_ney_probability,
        word_log_probabilities,
        sentence_probability,
        perplexity,
        bits_per_character,
        at_temperature,
        keep_top_k,
        keep_nucleus,
        reject,
        bengio_contexts,
        bengio_forward,
        bengio_loss,
        bengio_backward,
        sampled_softmax,
    )


def _trees() -> References:
    from reference.trees.composition import (
        compose_backward,
        compose_forward,
        word_vector_backward,
        word_vector_forward,
    )
    from reference.trees.recursive_autoencoder import (
        autoencoder_gradients,
        autoencoder_loss,
        greedy_tree,
        reconstruction_backward,
        reconstruction_forward,
    )
    from reference.trees.recursive_net import recursive_backward, recursive_forward
    from reference.trees.sentiment import node_sentiment_backward, node_sentiment_forward
    from reference.trees.tensor_net import tensor_compose_backward, tensor_compose_forward
    from reference.trees.tree import post_order
    from reference.trees.tree_lstm import (
        tree_lstm_compose_backward,
        tree_lstm_compose_forward,
        tree_lstm_leaf_backward,
        tree_lstm_leaf_forward,
    )

    return (
        post_order,
        word_vector_forward,
        word_vector_backward,
        compose_forward,
        compose_backward,
        tensor_compose_forward,
        tensor_compose_backward,
        tree_lstm_leaf_forward,
        tree_lstm_leaf_backward,
        tree_lstm_compose_forward,
        tree_lstm_compose_backward,
        recursive_forward,
        recursive_backward,
        node_sentiment_forward,
        node_sentiment_backward,
        reconstruction_forward,
        reconstruction_backward,
        autoencoder_loss,
        autoencoder_gradients,
        greedy_tree,
    )


def _recurrent_extensions() -> References:
    from reference.recurrent.gradient_norms import gradient_norms
    from reference.recurrent.peephole import (
        peephole_backward,
        peephole_cell_backward,
        peephole_cell_forward,
        peephole_forward,
    )
    from reference.recurrent.readouts import many_to_many, many_to_one, one_to_many_backward, one_to_many_forward
    from reference.recurrent.stacked import (
        bidirectional_backward,
        bidirectional_forward,
        stacked_backward,
        stacked_forward,
    )
    from reference.recurrent.truncated import truncated_backward
    from reference.recurrent.variable_lengths import hide_beyond, last_states, last_states_backward, turn_around

    return (
        peephole_cell_forward,
        peephole_cell_backward,
        peephole_forward,
        peephole_backward,
        stacked_forward,
        stacked_backward,
        bidirectional_forward,
        bidirectional_backward,
        hide_beyond,
        turn_around,
        last_states,
        last_states_backward,
        many_to_many,
        many_to_one,
        one_to_many_forward,
        one_to_many_backward,
        truncated_backward,
        gradient_norms,
    )
