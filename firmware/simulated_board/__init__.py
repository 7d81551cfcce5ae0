"""Real firmware on simulated chips."""

from firmware.simulated_board.board import BoardError, SimulatedBoard
from firmware.simulated_board.boards import Boards, start_boards
from firmware.simulated_board.conversation import Conversation

__all__ = ["BoardError", "Boards", "Conversation", "SimulatedBoard", "start_boards"]
