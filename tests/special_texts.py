"""The texts that training writes for the roles of control tokens."""

from foretoken.text.pieces import Special
from training import segments

TEXTS = {
    Special.REPO_NAME: segments.REPO_NAME,
    Special.FILE_SEP: segments.FILE_SEP,
    Special.FIM_PREFIX: segments.FIM_PREFIX,
    Special.FIM_SUFFIX: segments.FIM_SUFFIX,
    Special.FIM_MIDDLE: segments.FIM_MIDDLE,
}
