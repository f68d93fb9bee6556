"""The right answers of this assignment: the references themselves, since its contract is theirs."""

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.birnn import birnn_forward  # noqa: F401
from reference.clipping import clip_gradients  # noqa: F401
from reference.gru import gru_cell_forward  # noqa: F401
from reference.lstm import lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward  # noqa: F401
from reference.rnn import rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward  # noqa: F401
