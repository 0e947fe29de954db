"""What the teacher says of rows, remembered on disk, since it says one thing of a row every time."""

import zlib

import numpy as np
import torch


class Teacher:
    """The dense model, frozen. With `remember` its normed outputs lie beside each part of the corpus, for rows of T
    tokens, in bf16 (1.15 KB a token): NAME.T.outputs, [rows, T, d], and NAME.T.known, a number a row: its checksum, or
    0 where nothing is known. A row whose text has changed is not known."""

    def __init__(self, model, batches, remember):
        self.model, self.batches = model, batches
        self.files = {}
        if remember:
            self.files = {place: self.open(part) for place, part in enumerate(batches.parts)}
            self.part_of = np.concatenate([np.full(part.count, place) for place, part in enumerate(batches.parts)])
            self.checksums = np.array([zlib.crc32(row.tobytes()) or 1 for row in batches.tokens], np.uint32)

    def open(self, part):
        length, width = self.batches.tokens.shape[1], self.model.shape.embedding
        numbers = self.batches.numbers[part.first : part.first + part.count]
        count = int(numbers.max()) + 1
        files = []
        for ending, kind, shape in (("outputs", np.uint16, (count, length, width)), ("known", np.uint32, (count,))):
            path = part.path.with_name(f"{part.path.stem}.{length}.{ending}")
            path.touch()
            size = int(np.prod(shape)) * np.dtype(kind).itemsize
            if path.stat().st_size < size:
                # Holes in the file read as zeros: nothing is known yet.
                with open(path, "r+b") as file:
                    file.truncate(size)
            files.append(np.memmap(path, kind, "r+", shape=shape))
        return files

    @torch.no_grad()
    def __call__(self, rows, tokens):
        """The output [N, d] for tokens [B, T], which are these rows'."""
        if not self.files:
            return self.model(tokens).output
        places = [(*self.files[self.part_of[row]], int(self.batches.numbers[row])) for row in rows]
        checksums = self.checksums[rows]
        if all(known[number] == checksum for (_, known, number), checksum in zip(places, checksums)):
            kept = np.stack([outputs[number] for outputs, _, number in places])
            return torch.from_numpy(kept).view(torch.bfloat16).flatten(0, 1).to(tokens.device)
        # Outputs that are not remembered are rounded as those that are, so that it does not matter which.
        output = self.model(tokens).output.to(torch.bfloat16)
        rowwise = output.view(*tokens.shape, -1).cpu().view(torch.uint16).numpy()
        for (outputs, known, number), row, checksum in zip(places, rowwise, checksums):
            outputs[number] = row
            known[number] = checksum
        return output
