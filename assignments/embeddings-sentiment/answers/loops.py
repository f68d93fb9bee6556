"""Plain loops over texts, places and entries, with matrix products only where training would be too slow; written from the handout alone."""
import numpy as np


def padded(texts, T=None):
    if T is None:
        T = 0
        for text in texts:
            T = max(T, len(text))
    numbers = np.zeros((len(texts), T), dtype=int)
    for i, text in enumerate(texts):
        for t in range(min(T, len(text))):
            numbers[i, t] = text[t]
    return numbers


def text_lengths(numbers):
    lengths = []
    for row in numbers.tolist():
        count = 0
        for number in row:
            if number != 0:
                count += 1
        lengths.append(max(1, count))
    return np.array(lengths)


def embedding_forward(numbers, E):
    m, T = numbers.shape
    x = np.zeros((E.shape[1], m, T))
    for i in range(m):
        for t in range(T):
            x[:, i, t] = E[numbers[i, t]]
    return x, (numbers, E.shape)


def embedding_backward(dx, cache):
    numbers, shape = cache
    dE = np.zeros(shape)
    for i, row in enumerate(numbers.tolist()):
        for t, word in enumerate(row):
            if word != 0:
                dE[word] += dx[:, i, t]
    return dE


def pretrained_rows(words, vectors, generator):
    count = 0
    total = 0.0
    d = 0
    for vector in vectors.values():
        d = len(vector)
        for entry in vector:
            count += 1
            total += float(entry)
    mean = total / count
    squares = 0.0
    for vector in vectors.values():
        for entry in vector:
            squares += (float(entry) - mean) ** 2
    spread = (squares / count) ** 0.5

    E = np.zeros((len(words), d))
    for i, word in enumerate(words):
        if i == 0:
            continue
        if word in vectors:
            for j in range(d):
                E[i, j] = vectors[word][j]
        else:
            for j in range(d):
                E[i, j] = spread * generator.standard_normal()
    return E


def loss_and_gradients(Z, Y, parameters, strength):
    k, m = Z.shape
    J = 0.0
    dZ = np.zeros((k, m))
    said = sigmoid(Z)
    for a in range(k):
        for i in range(m):
            if Y[a, i] != 0:
                J += Y[a, i] * np.logaddexp(0, -Z[a, i])
            if Y[a, i] != 1:
                J += (1 - Y[a, i]) * np.logaddexp(0, Z[a, i])
            dZ[a, i] = (said[a, i] - Y[a, i]) / m
    J /= m
    gradients = {}
    for name, array in parameters.items():
        if name[0] == "W":
            squares = 0.0
            for entry in array.ravel().tolist():
                squares += entry**2
            J += strength / 2 * squares
            gradients["d" + name] = strength * array
    return float(J), dZ, gradients


def dropout_mask(shape, p, generator):
    if not 0 <= p < 1:
        raise ValueError("p must be at least 0 and below 1")
    drawn = generator.random(shape)
    mask = np.zeros(drawn.shape)
    for place in np.ndindex(drawn.shape):
        if drawn[place] >= p:
            mask[place] = 1 / (1 - p)
    return mask


def averaged_forward(numbers, parameters, mask=None):
    m, T = numbers.shape
    x, _ = embedding_forward(numbers, parameters["E"])
    lengths = text_lengths(numbers)
    h = np.zeros((x.shape[0], m))
    for i in range(m):
        for t in range(T):
            if numbers[i, t] == 0:
                break
            h[:, i] += x[:, i, t]
        h[:, i] /= lengths[i]
    A = np.tanh(parameters["W1"] @ h + parameters["b1"])
    if mask is None:
        mask = np.ones(A.shape)
    Z = parameters["W2"] @ (mask * A) + parameters["b2"]
    return Z, (numbers, h, A, mask, parameters)


def column_sums(table):
    """The sum of the columns, as (., 1)."""
    return np.array([[row.sum()] for row in table])


def averaged_backward(dZ, cache):
    numbers, h, A, mask, parameters = cache
    m, T = numbers.shape
    dW2 = dZ @ (mask * A).T
    db2 = column_sums(dZ)
    dA = mask * (parameters["W2"].T @ dZ)
    inner = dA * (1 - A**2)
    dW1 = inner @ h.T
    db1 = column_sums(inner)
    dh = parameters["W1"].T @ inner

    lengths = text_lengths(numbers)
    dx = np.zeros((dh.shape[0], m, T))
    for i in range(m):
        share = dh[:, i] / lengths[i]
        for t in range(T):
            if numbers[i, t] == 0:
                break
            dx[:, i, t] = share
    dE = embedding_backward(dx, (numbers, parameters["E"].shape))
    return {"dE": dE, "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def recurrent_classifier_forward(numbers, parameters):
    m, T = numbers.shape
    Waa, Wax, ba = parameters["Waa"], parameters["Wax"], parameters["ba"]
    x, _ = embedding_forward(numbers, parameters["E"])
    lengths = text_lengths(numbers)
    n = len(Waa)
    a = np.zeros((n, m, T))
    state = np.zeros((n, m))
    for t in range(T):
        state = np.tanh(Wax @ x[:, :, t] + Waa @ state + ba)
        a[:, :, t] = state
    h = np.zeros((n, m))
    for i in range(m):
        h[:, i] = a[:, i, lengths[i] - 1]
    Z = parameters["Wy"] @ h + parameters["by"]
    return Z, (numbers, a, parameters)


def recurrent_classifier_backward(dZ, cache):
    numbers, a, parameters = cache
    m, T = numbers.shape
    Waa, Wax, Wy = parameters["Waa"], parameters["Wax"], parameters["Wy"]
    x, looked_up = embedding_forward(numbers, parameters["E"])
    lengths = text_lengths(numbers)
    n = len(Waa)
    h = np.zeros((n, m))
    for i in range(m):
        h[:, i] = a[:, i, lengths[i] - 1]
    dWy = dZ @ h.T
    dby = column_sums(dZ)
    dh = Wy.T @ dZ

    dWax, dWaa, dba = np.zeros(Wax.shape), np.zeros(Waa.shape), np.zeros((n, 1))
    dx = np.zeros(x.shape)
    arriving = np.zeros((n, m))
    for t in range(T - 1, -1, -1):
        for i in range(m):
            if lengths[i] - 1 == t:
                arriving[:, i] += dh[:, i]
        dz = arriving * (1 - a[:, :, t] ** 2)
        dWax += dz @ x[:, :, t].T
        if t > 0:
            dWaa += dz @ a[:, :, t - 1].T
        dba += column_sums(dz)
        dx[:, :, t] = Wax.T @ dz
        arriving = Waa.T @ dz
    dE = embedding_backward(dx, looked_up)
    return {"dE": dE, "dWax": dWax, "dWaa": dWaa, "dba": dba, "dWy": dWy, "dby": dby}


def train(start, numbers, Y, epochs, seed, strength=0.0001, rate=0.02, batch=100, device='cpu'):
    generator = np.random.default_rng(seed)
    parameters = {}
    v, s = {}, {}
    for name, array in start.items():
        parameters[name] = np.array(array, dtype=float)
        v[name] = np.zeros(parameters[name].shape)
        s[name] = np.zeros(parameters[name].shape)

    def loss_of_all():
        return loss_and_gradients(recurrent_classifier_forward(numbers, parameters)[0], Y, parameters, strength)[0]

    m = len(numbers)
    losses = [loss_of_all()]
    steps = 0
    for epoch in range(epochs):
        order = generator.permutation(m)
        for begin in range(0, m, batch):
            chosen = order[begin:begin + batch]
            Z, cache = recurrent_classifier_forward(numbers[chosen], parameters)
            _, dZ, of_penalty = loss_and_gradients(Z, Y[:, chosen], parameters, strength)
            gradients = recurrent_classifier_backward(dZ, cache)
            for name in of_penalty:
                gradients[name] = gradients[name] + of_penalty[name]
            steps += 1
            parameters, v, s = adam_step(
                parameters, gradients, v, s, steps, learning_rate=rate * (1 - epoch / epochs)
            )
        losses.append(loss_of_all())
    return parameters, losses
