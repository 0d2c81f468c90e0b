// Keeps the ledger that several relays share in one Redis server: its settings and its state.
import Basics
import Ledger
import ProviderHTTP
import Transport

/// A ledger in one Redis server (7 or later). It lives on the event loop that it is given, and asks Redis without a
/// thread.
///
/// Each change is one script, which Redis carries out whole or not at all and which checks the lease's number first.
/// Leases end by the clock of the server.
public actor RedisLedger: Ledger {
  /// How far the connection has come.
  enum Activity {
    case connecting(RedisLink)
    /// These commands introduce the connection: what waits for its turn waits for their replies.
    case introducing(RedisLink, replies: Int)
    case open(RedisLink, since: MonotonicInstant)
    /// The next attempt comes after a pause.
    case pausing
    case closed
  }

  /// A command and who waits for its reply.
  struct Command {
    let words: [[UInt8]]
    let deadline: MonotonicInstant
    let continuation: CheckedContinuation<Result<RedisReply, LedgerFailure>, Never>
  }

  /// What the server holds of a session whose owner is this relay, as far as is known here.
  struct Known {
    var record: SessionRecord
    var version: Int64
  }

  let loop: EventLoop
  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  let settings: Settings
  let clock: any MonotonicClock
  var activity = Activity.pausing
  /// Tells the events of one connection from those of the one before.
  var connectionNumber: UInt64 = 0
  var pause: Duration
  /// By number; they are sent in that order.
  var waiting: [UInt: Command] = [:]
  var sent: [UInt: Command] = [:]
  var lastNumber: UInt = 0
  /// Why there is no connection, in words for an operator.
  var trouble = "no connection yet"
  /// What the server's settings leave to be wished for; known once connected.
  public internal(set) var advice: [String] = []
  /// What makes a connection, and what looks at deadlines.
  var attempt: Task<Void, Never>?
  var watch: Task<Void, Never>?
  var known: [String: Known] = [:]
  /// Sessions whose records cannot be understood, and were told of.
  var unreadable: Set<String> = []

  private init(_ settings: Settings, on loop: EventLoop, clock: any MonotonicClock) {
    self.settings = settings
    self.loop = loop
    self.clock = clock
    pause = settings.firstPause
  }

  /// Connects to a server.
  /// - Parameters:
  ///   - loop: where it is called.
  ///   - clock: measures how long the server takes, and for how long leases are good.
  /// - Throws: `.unavailable` when the server cannot be used, or does not answer within ``Settings/patience``.
  public static func open(
    _ settings: Settings, on loop: EventLoop, clock: any MonotonicClock
  ) async throws(LedgerFailure) -> RedisLedger {
    let ledger = RedisLedger(settings, on: loop, clock: clock)
    await ledger.start()
    do throws(LedgerFailure) { _ = try await ledger.perform(["PING"]) } catch {
      await ledger.close()
      throw error
    }
    return ledger
  }

  /// Whether the server can be asked now.
  public var isConnected: Bool { if case .open = activity { true } else { false } }

  public func close() async {
    guard !isClosed else { return }
    link?.close()
    activity = .closed
    attempt?.cancel()
    watch?.cancel()
    failAll(LedgerFailure(.unavailable, "the ledger is closed"))
    known = [:]
  }
}

extension RedisLedger {
  /// The settings and bounds of one ``RedisLedger``.
  public struct Settings: Sendable {
    /// Where the server is.
    public var address: RedisAddress
    /// The password of the address's user; nil where none is asked for.
    public var password: Secret?
    /// How long a claim is good. A relay that is dead for as long has lost its sessions to the others.
    public var leaseTime = Duration.seconds(10)
    /// How long one call may take, a new connection included; then it fails as `.unavailable`.
    public var patience = Duration.seconds(2)
    /// The pause before the first attempt to connect again; each later one is twice as long.
    public var firstPause = Duration.milliseconds(50)
    /// The longest of these pauses.
    public var longestPause = Duration.seconds(1)
    /// Calls that wait for a reply; one more fails as `.overloaded`.
    public var maximumCalls = 4096
    /// Sessions whose record is kept in memory; of others it is read again before each change.
    public var recordsKept = 10_000
    /// Leases that are renewed by one script.
    public var leasesPerScript = 256
    /// The beginning of every key. The braces keep them together where keys are spread.
    public var keyPrefix = "{avatar-relay}:"
    /// Called once for each session that is left to nobody because its record cannot be understood.
    public var onUnreadable: @Sendable (String) -> Void = { _ in }

    /// The defaults, for that server.
    public init(address: RedisAddress, password: Secret? = nil) {
      self.address = address
      self.password = password
    }
  }
}
