"""The swarm: random faults and operations thrown at random fleets, with invariants checked after every instant.

Each seed makes a fleet (`plans`), a script of command lines (`scripts`) and one run of both (`run`): a stormy phase,
then a calm one in which everything is healed and must converge. `invariants` hold at every instant, `calm` at the end.
A run's verdict is `ok`, `violated`, `stuck` (it did not converge) or `unknown` (nothing was proved). A seed that fails
is shrunk (`shrink`) and told as one command that replays it:

    python -m tests.swarm --events 200000 --seed 1     a campaign
    python -m tests.swarm --replay 17 --keep 3,9       one run, some of its commands only
"""
