"""The prose of the model card. Figures come in by name; see `card`."""

INTRODUCTION = """# {name}

A very small language model for inline suggestions in {languages}, trained in {hours} on
{hardware}.{ships}

What it is good for: finishing a word or a name that is already begun and that the open file shows. It
seldom begins a line, an expression or an argument by itself. With the server's own default threshold of
{threshold:g} it shows something at {coverage} of cursors, about {characters} characters when right, and that is exactly how
the line goes on {precision} of the time. Asked for the whole rest of a line it is right at {exact} of cursors,
where copying the last line with the same start gets {copy}. It does not know libraries, does not plan, does not
follow instructions, and is no match for a real code model.
"""

SHIPS = """ It ships with Foretoken so that a fresh install has something real to run
without a download."""

MEASURED = """## Measured

On source held out before the run: files of packages that were trained on (seen), and whole
packages that were not (unseen). `tune` was looked at during development; `test` was opened {openings}
for this model.{earlier} All figures are of the Q8_0 file itself, run through
llama.cpp, greedy, in the server's own prompt of at most about {n_prompt} tokens. In brackets: 95 % intervals,
a bootstrap over packages and then over files of each. The unseen packages are only {test_packages} in `test` and
{tune_packages} in `tune`: their intervals are wide, if anything too narrow, and say little of packages in general.
Packages count alike, and of a package every line into which a cursor may be put is as likely as any other.

### Held-out source

Windows of text, each begun by the file's path, which is not counted. Packages in turn; of a package a long file is
drawn as much more often as it is longer.

"""

LINES = """
### The rest of a line

Cursors at the first character of a line or inside of one; lines of docstrings are in, comments and
blank lines are not. Exactly right: the whole rest of the line, and the model itself ends it there.
Edit similarity: 1 minus the Levenshtein distance over the longer length. The baseline copies the
rest of the last line above, in the whole file, that has the same start (indentation aside; with nothing
typed, the last line with the same indentation).

"""

CONTEXT = """
The same with {excerpts} excerpts of other files of the package in front, chosen by the words they share with
the text around the cursor, in a prompt of the same length; only cursors for which there are any.
(For seen packages these may be files that were trained on. The server does not send excerpts yet.)

"""

EARLIER = (
    " Of its unseen packages, {packages} were opened before, for an earlier model, and what was learnt there "
    "influenced this one: for these it is not a blind test."
)

PARTIAL = """
### What a person sees

Tokens are kept as long as the cumulative probability stays at or above the threshold t, cut back to whole
words by the server's own rule, and shown if at least three characters are left. Right means: exactly how the line
goes on. Seen and unseen packages together. In bold: the server's default, t = {servers:g}. {chosen}
`saved` is a share of all characters left to type.

"""

CHOSEN = "The threshold with the largest coverage that was right at {precision:.0f} % on `tune` is {threshold:g}: {relation}."
NONE_CHOSEN = "On `tune` no threshold was right at {precision:.0f} %; {threshold:g} was measured in its place."

SERVERS = """
Each set by itself at the server's default, for all cursors (without context), and for those with excerpts to put
in front (with context), which are measured without them too (same without):

"""

INSIDE = """
The same without the cut to whole words, so that half a word counts as shown and can be right. Nobody sees these:

"""

SAME = """
### The same as PyTorch

Largest differences of logits between the checkpoint and the two files that were made from it, and how often the best
token agrees. Float32, which has to agree up to rounding (attention cache in float32, flash attention off):

"""

QUANTISED = """
Q8_0, the file that ships:

"""

MEMORISED = """
### Free generations against the training text

Answers to empty files, to begun lines, and to text of held-out and of training files, sampled and greedy. None could
end early: the end token is never drawn. The longest passage of each that stands in the training text, where four
or more of the same sign in a row (blanks, dashes) count as three in both, so a passage with deep indentation is
longer in the file than the figure says. Passages of less than {least} bytes count as none.
"""

CALIBRATION = """
### Calibration

On `test`: what the model gave as the probability, and how often it was right. Single tokens, up to the first wrong one
of a line (expected calibration error {tokens}), and what is shown at t = {threshold:g} ({shown}).

"""

DRAFTS = """
### Drafts

How many drafts of the MTP block the trunk takes, in a greedy loop of three drafts a round: draft i, given
that those before were taken. `test`.

"""

EDITS = """
### Edits carried on

Renames and changed signatures that were made up from held-out files, in the form below: all lines of the
window exactly as they should be. Intervals over examples.

"""

LIMITS = """## What it can't do

- Suggestions are useful only behind a threshold on their cumulative probability (the tables
  above): most of the time the right answer of this model is to say nothing.
- At the start of a line, where nothing is typed yet, the rest of it is right at {line_start} of cursors.
- The longest examples it was trained on have {longest} tokens, most are much shorter.
  `context_length` in the file says {context}, but that was never tried in training.
- It does not carry edits on: see the table above for how seldom it gets one right.
- {languages} only. Other languages, prose and chat are outside of what it has seen.
- It may repeat short passages of its training data (NOTICE lists the packages).
- The packages it was tested on are well-known libraries; other people's code differs.
"""

PROMPT = """## Prompt

    <|repo_name|>{repo}\\n
    <|file_sep|>{path}\\n{content}                    (other files, if any)
    <|file_sep|>{path}\\n<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>{typed}

without line breaks between the parts. `{prefix}` ends at a line start; `{typed}` is what
stands in the line already. The model ends its answer with `<|endoftext|>`. Three of ten
training examples had the suffix before the prefix.

A small share of the examples are edits to be carried on, made by renaming and by changing
signatures. The model was trained to write the lines as they should be, and seldom succeeds:

    <|file_sep|>{path} original\\n{lines}<|file_sep|>{path} updated\\n{lines after the user's edit}
    <|file_sep|>{path} current\\n{lines around the cursor}<|file_sep|>{path} updated\\n
"""

COMMANDS = """
From `server/` of the source tree, as `training/README.md` says:

    python -m training.corpus
    python -m training.tokenizer
    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 python -m training.train
    OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 python -m training.distil
    python -m training.export
    python -m training.export --type f32 --out .training/model-f32.gguf
    python -m training.verify --gguf .training/model-f32.gguf
    python -m training.verify
    python -m training.evaluate --split tune
    python -m training.evaluate --split test
    python -m training.memorised
    cp .training/model.gguf foretoken/models/shipped/foretoken-starter.gguf
    python -m training.card --gguf foretoken/models/shipped/foretoken-starter.gguf \\
        --comparisons training/comparisons.md
"""
