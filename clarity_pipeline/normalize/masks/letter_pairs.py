"""How surprising a word is to somebody who knows how people write: bits, by pairs of neighbouring letters.

Called by `tokens`, which asks whether a piece of an address was written by anybody. Pure.

The table was counted over the message catalogues that a Debian system carries for its programs (704,000 different words of 82
languages, in Latin letters without their accents, each word once a language); `python -m benchmarks.letter_pairs FOLDER` counts
and prints it. It holds how often one letter follows another and no word of anybody's. With it, random letters cost 6.4 bits each
and words of those languages 4.2 (16 and at least 8 letters).
"""

from string import ascii_lowercase

BEGIN, END = "^", "$"

_HALF_BITS = """
89999aab9d8989a7g978bacfecu dba9febdaca796fbi787bbehdd5 5eeg6hfd6dh7ee7go8be7hfkcj9 6icf7hi56g9bfd6fl9c9aijled8
6efc5ffd5eecec7eoaae9efied6 bdaacdbebea8a6fci678ecfcfd5 7hed78ef4gh9gf5dk9ba9khiek7 6egc6hba7febda7ek89b7gejei5
4ihd5hjd6ffbdd6flae98gfodk6 9c9a9cafeda8959ch978ebhffb6 4fhd4ijh7hddfa7enfad7fimih7 5ffh6hgc6ibagd5dna998fdpdk7
5efb5fdg5dd8dc7engaa9ehkch7 48gf5fhf6hgcbd78mfce9giifj7 6gb77d7g7ccefc8glh97aejkbf5 dba9edbfcda886caj689aachgc6
5hde6gec7kf8ff69i5aa9iijfm8 7hfdbhef9hiafebddbdb2gcifh6 5dca5fcf6gcdbb7flca99dglde6 7fag7efa7g8bdd9aie959egkcd5
5hef5ghb6hddfd7go8aa9fhjbe6 9abaacbfaca886daj777ddfffc6 4fff4hhi5hgcga7gnbcfbhjibh9 3fed6gfd6hfdfa7embbgbmfg9g7
8bac7bgc7jedbga7idb6bhg9cg4 6d9c8ede9dba8988nb89aedidf5 4dfc5jdd5gccc98dledc9cdmbd8
"""
"""A row for each letter before (the first: the beginning of a word), a column for each letter after (the last: its end)."""

_BITS = {
    before + after: int(half_bits, 36) / 2
    for before, row in zip(BEGIN + ascii_lowercase, _HALF_BITS.split(), strict=True)
    for after, half_bits in zip(ascii_lowercase + END, row, strict=True)
}


def word_bits(word: str) -> float:
    """Bits of a word of ASCII letters, as if somebody had written it; case is not looked at."""
    letters = f"{BEGIN}{word.lower()}{END}"
    return sum(_BITS[letters[at : at + 2]] for at in range(len(letters) - 1))
