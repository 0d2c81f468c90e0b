// What the registry keeps of one session.
import AvatarProvider
import Ledger
import Signaling
import Timekeeping

/// A session with what carries out its decisions.
struct SessionEntry {
  var machine: SessionMachine
  let provider: any AvatarProvider
  /// The connection that has it; nil while none does.
  var connection: ConnectionID?
  /// What its clients asked and were answered.
  var memory: AnswerMemory
  /// In which order sessions were opened; they are ended in the same.
  let ordinal: UInt64
  /// On whose account it goes.
  let payer: Payer
  /// When it was asked for.
  let since: MonotonicInstant
  /// The request, until the provider opened it.
  var opening: WaitingOpen?
  /// Whose budget it counts for, as long as it does.
  var subject: String?
  /// Whose it is, where tokens are in use: only that subject may resume it.
  var owner: String?
  /// The latest request that resumed it; nil in a life in which none did.
  var lastResume: RequestID?
  /// The right to act for it; nil until it is written down.
  var lease: Lease?
  /// The task that waits for the machine's deadline, and for which one.
  var alarm: (task: Task<Void, Never>, deadline: MonotonicInstant)?
  /// The task that reads what the provider pushes.
  var listener: Task<Void, Never>?

  /// True until the provider let go of the session.
  var holdsPlace: Bool { machine.visibleState != .closed }
}
