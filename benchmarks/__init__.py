"""The figures that the README quotes, each measured side by side with a peer.

python -m benchmarks            # all of it, some minutes; build/benchmarks.json
python -m benchmarks --quick    # small models and few rounds, about a minute
"""
