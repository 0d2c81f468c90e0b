// The addresses and the certificate that all peers of a process share.
import Logging
import Timekeeping
import Transport

/// One UDP port on every address of the machine, and the WebRTC peers behind it.
///
/// An actor on its event loop: from there `assumeIsolated` calls it without a hop.
public actor PeerHost {
  /// How many peers may be open at once.
  public static let maximumPeers = 1024
  /// How often the peers' timers are looked at.
  static let tick = Duration.milliseconds(20)
  /// How often while an impairment holds datagrams back.
  static let fineTick = Duration.milliseconds(5)

  public nonisolated let candidates: [PeerCandidate]
  /// The value of `a=fingerprint`: `sha-256` and the digest of the certificate of this host.
  public nonisolated let fingerprint: String
  /// True when no browser can reach this host without special switches: browsers do not pair loopback addresses.
  public nonisolated let hasOnlyLoopback: Bool
  /// The UDP port of every address.
  public nonisolated let port: Int
  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private nonisolated let loop: EventLoop
  private let switchboard: PeerSwitchboard
  private let certificate: DtlsCertificate
  private var ticker: Task<Void, Never>?
  private var isStopped = false

  /// Binds the sockets and starts to receive.
  /// - Parameters:
  ///   - loop: on which everything runs.
  ///   - clock: drives consent, reports, retransmissions and impairments. Give the loop's own clock outside of tests: a
  ///     clock that jumps makes browsers look silent.
  /// - Throws: ``TransportError`` with `.invalidAddress`, `.addressInUse`, `.listen`, `.certificate` or `.stopped`.
  public static func start(
    _ configuration: PeerHostConfiguration, on loop: EventLoop, clock: any MonotonicClock, logger: Logger
  ) async throws(TransportError) -> PeerHost {
    let certificate = try DtlsCertificate()
    let sockets = try HostSockets.bound(configuration)
    let board = PeerSwitchboard(sockets: sockets, loop: loop, clock: clock, logger: logger)
    let started: Result<Void, TransportError> = await withCheckedContinuation { continuation in
      loop.execute {
        do throws(TransportError) {
          try board.start()
          continuation.resume(returning: .success(()))
        } catch {
          board.closeSockets { continuation.resume(returning: .failure(error)) }
        }
      }
    }
    try started.get()
    return PeerHost(board, certificate, configuration)
  }

  private init(_ board: PeerSwitchboard, _ certificate: DtlsCertificate, _ configuration: PeerHostConfiguration) {
    let port = Int(board.sockets[0].address.port)
    let addresses =
      configuration.advertised.isEmpty ? board.sockets.map(\.address.host) : configuration.advertised
    switchboard = board
    loop = board.loop
    self.certificate = certificate
    self.port = port
    fingerprint = certificate.fingerprint
    candidates = addresses.enumerated().map { PeerCandidate(address: $1, port: port, rank: $0) }
    hasOnlyLoopback = addresses.allSatisfy { DatagramAddress(host: $0, port: 0)?.isLoopback ?? false }
  }

  public var counters: PeerHostCounters { switchboard.allCounters }

  /// How many peers are open.
  public var peerCount: Int { switchboard.peerCount }

  /// Opens a peer, which is silent until its answer was accepted.
  /// - Parameter events: is called on the loop; see ``PeerEvent``.
  /// - Throws: ``PeerHostError``.
  public func open(
    _ description: PeerDescription, events: @escaping @Sendable (PeerEvent) -> Void
  ) throws(PeerHostError) -> Peer {
    guard !isStopped else { throw .stopped }
    guard switchboard.peerCount < Self.maximumPeers else { throw .tooManyPeers }
    let peer = Peer(description, on: switchboard, certificate, events: events)
    guard switchboard.add(peer, username: description.credentials.usernameFragment) else { throw .usernameInUse }
    startTicking()
    return peer
  }

  /// Closes every peer and the sockets; returns when the port is free. Calling it again is harmless.
  public func stop() async {
    guard !isStopped else { return }
    isStopped = true
    ticker?.cancel()
    ticker = nil
    switchboard.closeAll()
    let board = switchboard
    await withCheckedContinuation { continuation in board.closeSockets { continuation.resume() } }
  }

  /// Time is only looked at while there are peers.
  private func startTicking() {
    guard ticker == nil else { return }
    let board = switchboard
    ticker = Task(executorPreference: loop) { [weak self] in
      var interval = Self.tick
      while !Task.isCancelled, board.peerCount > 0 {
        do { try await board.clock.sleep(for: interval) } catch {
          // The host was stopped, or its loop is ending.
          board.closeAll()
          break
        }
        interval = board.tick() ? Self.fineTick : Self.tick
      }
      await self?.stopTicking()
    }
  }

  private func stopTicking() {
    ticker = nil
    // A peer may have come in the meantime.
    if switchboard.peerCount > 0, !isStopped { startTicking() }
  }
}
