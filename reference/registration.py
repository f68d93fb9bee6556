"""The one file that makes the references known: the names under which the grader finds them.

Those stand here that some task of the course needs, which a test holds; what else a module has can be imported from it.
Which module has which references stands here as text, and a module is imported when the references are asked for and
not before: most commands need none of them, and SciPy and torch take their time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from autograder.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograder.dataset import Dataset

REFERENCES = {
    "recurrent.rnn": "rnn_cell_forward rnn_cell_backward rnn_forward rnn_backward",
    "recurrent.lstm": "lstm_cell_forward lstm_cell_backward lstm_forward lstm_backward",
    "recurrent.gru": "gru_cell_forward gru_cell_backward gru_forward gru_backward",
    "recurrent.birnn": "birnn_forward",
    "recurrent.clipping": "clip_gradients",
    "networks.neuron": "mcculloch_pitts perceptron_predict perceptron_epoch train_perceptron",
    "networks.dense": "dense_forward dense_backward relu softmax_backward",
    "networks.losses": (
        "cross_entropy cross_entropy_gradient binary_cross_entropy binary_cross_entropy_gradient "
        "squared_error squared_error_gradient l2_penalty l2_gradients"
    ),
    "networks.optimisers": "sgd_step momentum_step adagrad_step adam_step",
    "networks.initialisation": "xavier he first_parameters",
    "networks.dropout": "dropout_mask",
    "networks.gradient_check": "numerical_gradients gradient_difference gradient_check",
    "networks.feed_forward": "feed_forward feed_forward_backward",
    "classifiers.embedding_layer": "embedding_forward embedding_backward padded text_lengths pretrained_rows",
    "classifiers.averaged": "averaged_forward averaged_backward",
    "classifiers.recurrent_classifier": "recurrent_classifier_forward recurrent_classifier_backward",
    "autoencoders.autoencoder": ("autoencoder_forward autoencoder_backward corrupt sparsity_penalty sparsity_gradient"),
    "autoencoders.stacked": "unrolled",
    "autoencoders.variational": (
        "gaussian_kl gaussian_kl_gradients reparameterise reparameterise_backward "
        "variational_forward variational_backward"
    ),
    "autoencoders.topics": "topic_words",
    "counts.one_hot": "one_hot one_hot_sentence",
    "counts.bag_of_words": "bag_of_words",
    "counts.tf_idf": "document_frequency inverse_document_frequency tf_idf",
    "counts.similarity": "cosine_similarity cosine_similarities euclidean_distance euclidean_similarity",
    "counts.cooccurrence": "cooccurrence",
    "counts.ppmi": "ppmi",
    "counts.lsa": "truncated_svd",
    "embeddings.glove": "glove_weight glove_loss glove_gradients glove_step probe_ratios",
    "vectors.neighbours": "largest",
    "vectors.analogies": "three_cos_add three_cos_mul",
    "vectors.debiasing": "bias_direction neutralise equalise",
    "vectors.association": "association",
    "vectors.evaluation": "ranks spearman",
    "embeddings.contexts": (
        "context_of skip_gram_pairs cbow_pairs mean_context mean_context_gradient concatenated_context "
        "concatenated_context_gradient"
    ),
    "embeddings.objectives": (
        "softmax_loss softmax_gradients negative_sampling_loss negative_sampling_gradients "
        "hierarchical_softmax_loss hierarchical_softmax_gradients sampled_softmax_loss "
        "sampled_softmax_gradients"
    ),
    "embeddings.frequencies": "keep_probability noise_distribution learning_rate_at",
    "embeddings.alias": "alias_table",
    "embeddings.huffman": "huffman_routes",
    "embeddings.subwords": "character_ngrams fnv1a subword_buckets",
    "embeddings.fasttext_classifier": "classifier_loss classifier_gradients",
    "attention.weights": "attention_weights attention_weights_backward",
    "attention.scorers": (
        "additive_score_forward additive_score_backward dot_score_forward dot_score_backward "
        "general_score_forward general_score_backward"
    ),
    "attention.context": "attention_forward attention_backward last_state_forward last_state_backward",
    "attention.encoder_decoder": "encoder_forward encoder_backward translation_loss translation_gradients",
    "attention.decoder": "decoder_forward decoder_backward",
    "attention.beam_search": "greedy_search beam_search",
    "attention.bleu": "clipped_matches brevity_penalty corpus_bleu",
    "attention.multi_head": (
        "scaled_dot_product_forward scaled_dot_product_backward causal_mask split_heads join_heads "
        "multi_head_forward multi_head_backward"
    ),
    "attention.positional_encoding": "positional_encoding",
    "attention.transformer": (
        "layer_norm_forward layer_norm_backward transformer_block_forward transformer_block_backward "
        "transformer_forward transformer_backward"
    ),
    "language_models.n_gram": (
        "count_n_grams continuation_counts kneser_ney_counts estimate_discount kneser_ney_probability"
    ),
    "language_models.perplexity": "word_log_probabilities sentence_probability perplexity bits_per_character",
    "language_models.sampling": "at_temperature keep_top_k keep_nucleus reject",
    "language_models.bengio": "bengio_contexts bengio_forward bengio_loss bengio_backward",
    "language_models.sampled_softmax": "sampled_softmax",
    "language_models.contextual_vectors": "mix_layers mix_layers_backward",
    "tagging.f1": "entities precision_recall_f1 token_scores entity_scores",
    "trees.tree": "post_order",
    "trees.composition": "word_vector_forward word_vector_backward compose_forward compose_backward",
    "trees.tensor_net": "tensor_compose_forward tensor_compose_backward",
    "trees.tree_lstm": (
        "tree_lstm_leaf_forward tree_lstm_leaf_backward tree_lstm_compose_forward tree_lstm_compose_backward"
    ),
    "trees.recursive_net": "recursive_forward recursive_backward",
    "trees.sentiment": "node_sentiment_forward node_sentiment_backward",
    "trees.recursive_autoencoder": (
        "reconstruction_forward reconstruction_backward autoencoder_loss autoencoder_gradients greedy_tree"
    ),
    "recurrent.peephole": "peephole_cell_forward peephole_cell_backward peephole_forward peephole_backward",
    "recurrent.stacked": "stacked_forward stacked_backward bidirectional_forward bidirectional_backward",
    "recurrent.variable_lengths": "hide_beyond turn_around last_states last_states_backward",
    "recurrent.readouts": "many_to_many many_to_one",
    "recurrent.truncated": "truncated_backward",
    "recurrent.gradient_norms": "gradient_norms",
    "projection.pca": "pca",
    "projection.tsne": (
        "squared_distances perplexities conditional_probabilities joint_probabilities student_t_weights tsne_loss "
        "tsne_gradient"
    ),
    "projection.descent": "tsne_step",
    "projection.trustworthiness": "trustworthiness",
}


@hookimpl
def register_references() -> Mapping[str, Callable[..., object]]:
    """Return every reference under its own name."""
    return {
        name: getattr(import_module(f"reference.{module}"), name)
        for module, names in REFERENCES.items()
        for name in names.split()
    }


@hookimpl
def register_datasets() -> Mapping[str, Dataset]:
    """Return every data set of the catalogue under its own name."""
    from reference.data.catalogue import CATALOGUE

    return CATALOGUE
