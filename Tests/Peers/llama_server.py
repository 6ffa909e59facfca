"""llama.cpp's own server, as PyPI's xllamacpp brings it, until it is terminated: MODEL PORT [--embeddings]."""

import signal
import sys

import xllamacpp

model, port, *options = sys.argv[1:]
parameters = xllamacpp.CommonParams()
parameters.model.path = model
parameters.hostnames = ["127.0.0.1"]
parameters.port = int(port)
parameters.n_ctx = 2048  # for two requests at a time
parameters.n_parallel = 2
parameters.cpuparams.n_threads = 1
if "--embeddings" in options:
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
server = xllamacpp.Server(parameters)
signal.sigwait([signal.SIGTERM])
