// Opens the addresses and the certificate that all peers of a process share.
import Basics
import Logging
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
  let switchboard: PeerSwitchboard
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
          board.closeSockets()
          continuation.resume(returning: .failure(error))
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
    switchboard.closeSockets()
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

/// The addresses and the port of a ``PeerHost``.
public struct PeerHostConfiguration: Sendable, Hashable {
  /// The UDP port of every address; 0 for the system's choice, the same for all.
  public var port: Int
  /// Numeric addresses to bind; nil for every address of the machine but IPv6 link-local ones.
  public var addresses: [String]?
  /// Numeric addresses that candidates name instead of the bound ones, for a machine behind a port forwarding such as
  /// a container's; empty to name the bound ones.
  public var advertised: [String]

  public init(port: Int = 0, addresses: [String]? = nil, advertised: [String] = []) {
    self.port = port
    self.addresses = addresses
    self.advertised = advertised
  }
}

/// Counts since the host's start; they only grow.
public struct PeerHostCounters: Sendable, Hashable {
  public var receivedDatagrams: UInt64 = 0
  public var sentDatagrams: UInt64 = 0
  /// Datagrams that the system did not take, because a socket's buffer was full or the address is out of reach.
  public var unsentDatagrams: UInt64 = 0
  /// Datagrams of no protocol that is spoken here, or malformed ones.
  public var garbage: UInt64 = 0
  /// DTLS, RTP or RTCP from an address that no peer was validated for.
  public var unknownAddress: UInt64 = 0
  /// Connectivity checks with a username that no peer has.
  public var unknownUsername: UInt64 = 0
  /// Connectivity checks whose message integrity is missing or wrong.
  public var wrongIntegrity: UInt64 = 0
  /// Connectivity checks before the answer was accepted, or while a peer is told to be silent.
  public var unansweredChecks: UInt64 = 0
  /// Connectivity checks of an agent that took the wrong role (answered with 487).
  public var roleConflicts: UInt64 = 0
  /// Handshakes that failed, those refused on purpose included.
  public var dtlsFailures: UInt64 = 0
  /// Handshakes whose certificate is not the one that the answer named.
  public var fingerprintMismatches: UInt64 = 0
  /// RTP or RTCP packets that were not authentic, or came twice.
  public var srtpFailures: UInt64 = 0
  /// Authentic RTCP that could not be read.
  public var malformedControl: UInt64 = 0
  /// Messages of data channels that could not be read.
  public var malformedMessages: UInt64 = 0
  /// Datagrams that an impairment dropped.
  public var impairedDatagrams: UInt64 = 0
  /// Candidates of browsers that were posted; an ICE-lite agent uses none.
  public var remoteCandidates: UInt64 = 0
  /// Those among them with an mDNS name, which is never resolved.
  public var namedCandidates: UInt64 = 0
  public var openedPeers: UInt64 = 0
  public var closedPeers: UInt64 = 0

  public init() {}
}

/// A peer that could not be opened.
public enum PeerHostError: Error, Sendable, Hashable {
  /// The host was stopped.
  case stopped
  /// ``PeerHost/maximumPeers`` are open.
  case tooManyPeers
  /// Another peer has the same username fragment.
  case usernameInUse
}

/// A host candidate (RFC 8445 section 5.1.1.1).
public struct PeerCandidate: Sendable, Hashable {
  /// The numeric address.
  public let address: String
  public let port: Int
  /// By RFC 8445 section 5.1.2.1, for component 1.
  public let priority: UInt32
  /// The same for the same address.
  public let foundation: String

  /// - Parameter rank: 0 for the address to be tried first; up to 65535.
  public init(address: String, port: Int, rank: Int) {
    self.address = address
    self.port = port
    // Type preference of a host candidate 126, local preference falling by rank, component 1.
    priority = 126 << 24 + UInt32(65_535 - min(max(rank, 0), 65_535)) << 8 + 255
    foundation = String(rank + 1)
  }

  /// The `candidate-attribute` of RFC 8839 section 5.1, without `a=`.
  /// - Parameter component: 1 for RTP, 2 for RTCP.
  public func attribute(component: UInt32 = 1) -> String {
    "candidate:\(foundation) \(component) udp \(priority + 1 - component) \(address) \(port) typ host"
  }
}

/// A socket of the host and an address of the browser.
struct PeerPath: Hashable, Sendable {
  /// Its place among the host's sockets.
  let socket: Int
  let remote: DatagramAddress
}
