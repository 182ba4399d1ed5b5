"""The spool against a plain list, with crashes and failures at any operation of the disk."""

from __future__ import annotations

import contextlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collectors._sdk.spool_frames import MAGIC, Frame
from collectors._sdk.spool_segments import Segments
from tests.support.spool_disk import Crash, CrashingDisk

_SEGMENT_BYTES = 300
_LANE = "00"


class SpoolMachine(RuleBasedStateMachine):
    """``answered``: bodies whose append returned, in order; ``log``: what replays have sent, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = CrashingDisk()
        self.segments = Segments(self.disk, _LANE, _SEGMENT_BYTES)
        self.offered = 0
        self.answered: list[int] = []
        self.log: list[int] = []
        self.down = False

    @contextlib.contextmanager
    def _until_crash(self):
        try:
            yield
        except Crash:
            self.down = True
        except OSError:
            pass  # the body is put off

    def _frames(self, sizes: list[int]) -> list[Frame]:
        frames = []
        for size in sizes:
            self.offered += 1
            frames.append(Frame(1, self.offered, (MAGIC + b"\x00" * size)[:size]))
        return frames

    @precondition(lambda self: not self.down)
    @rule(sizes=st.lists(st.integers(0, 150), min_size=1, max_size=4))
    def append(self, sizes: list[int]) -> None:
        frames = self._frames(sizes)
        with self._until_crash():
            self.segments.append(frames)
            self.answered += [frame.accepted_us for frame in frames]

    @precondition(lambda self: not self.down)
    @rule(acknowledged=st.booleans())
    def replay(self, acknowledged: bool) -> None:
        """A segment, as spool_replay does; some broker may not acknowledge the last of it."""
        with self._until_crash():
            name = self.segments.oldest_sealed()
            if name is None:
                return
            found = self.segments.read(name)
            assert found.damaged == 0, "only a disk that errs damages what lies before other bodies"
            self.log += [frame.accepted_us for frame in found.frames[: None if acknowledged else -1]]
            if acknowledged:
                self.segments.remove(name)

    @precondition(lambda self: not self.down)
    @rule(within=st.integers(0, 6), part=st.floats(0, 1))
    def crash_soon(self, within: int, part: float) -> None:
        self.disk.crash_in, self.disk.part = within, part

    @precondition(lambda self: not self.down)
    @rule(within=st.integers(0, 3), more=st.integers(0, 2), part=st.floats(0, 1))
    def fail_soon(self, within: int, more: int, part: float) -> None:
        self.disk.fail_in, self.disk.failing, self.disk.part = within, more, part

    @rule(data=st.data())
    def start_again(self, data: st.DataObject) -> None:
        self.disk.crashed(lambda size: data.draw(st.integers(0, size)), lambda: data.draw(st.booleans()))
        self.segments = Segments(self.disk, _LANE, _SEGMENT_BYTES)
        self.down = False

    @invariant()
    def what_was_answered_is_held_or_sent(self) -> None:
        if not self.down:
            assert self.segments.size >= 0
            assert (self.segments.oldest_us is None) == (self.segments.events == 0)

    def teardown(self) -> None:
        self.disk.crashed(lambda size: 0, lambda: False)
        segments = Segments(self.disk, _LANE, _SEGMENT_BYTES)
        assert segments.size == sum(len(file.data) for file in self.disk.files.values())
        while (name := segments.oldest_sealed()) is not None:
            self.log += [frame.accepted_us for frame in segments.read(name).frames]
            segments.remove(name)
        assert segments.size == segments.events == 0
        first = list(dict.fromkeys(self.log))
        assert set(self.answered) <= set(first), "what was answered 2xx is lost"
        assert max(first, default=0) <= self.offered
        answered = set(self.answered)
        assert [body for body in first if body in answered] == self.answered, "not in order"


class TestSpool(SpoolMachine.TestCase):
    """Whatever crashes or fails between any two operations of the disk: every answered body is sent, in
    order of the answers, and nothing is sent that was never offered.
    """

    settings = settings(max_examples=400, stateful_step_count=30, deadline=None)
