"""The right answers of this assignment: the references themselves, since its contract is theirs."""

from reference.activations import sigmoid, softmax  # noqa: F401
from reference.recurrent.birnn import birnn_forward  # noqa: F401
from reference.recurrent.clipping import clip_gradients  # noqa: F401
from reference.recurrent.gru import gru_cell_forward  # noqa: F401
from reference.recurrent.lstm import lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward  # noqa: F401
from reference.recurrent.rnn import rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward  # noqa: F401
