// Sends and receives the datagrams of one UDP socket on the event loop.
import Glibc
import Transport

/// Sends and receives datagrams; everything but making it happens on the loop's thread.
///
/// Nothing waits in this object: a datagram that the system does not take at once is dropped and counted, as a full
/// path would do. What has arrived waits in the system's buffer of ``bufferBytes``.
public final class DatagramSocket: LoopGuest, @unchecked Sendable {
  /// The longest datagram that is received; the rest of a longer one is cut off by the system, and it is dropped.
  public static let maximumBytes = 4096
  /// How many datagrams are taken before others on the loop get their turn.
  public static let burst = 64
  /// What is asked of the system for each direction (net.core.rmem_max and wmem_max cut it).
  public static let bufferBytes = 1 << 20

  private enum State {
    case bound
    case receiving
    case closed
  }

  private let descriptor: Int32
  private var scratch = [UInt8](repeating: 0, count: maximumBytes + 1)
  private var state = State.bound
  private var watch: DescriptorWatch?
  private var receive: (([UInt8], DatagramAddress) -> Void)?

  /// The address that it is bound to, with the port that the system chose.
  public let address: DatagramAddress
  /// Datagrams that the system took.
  public private(set) var sentCount: UInt64 = 0
  /// Datagrams that the system did not take: its buffer is full, or the address is out of reach.
  public private(set) var droppedCount: UInt64 = 0
  /// Datagrams that were longer than ``maximumBytes``.
  public private(set) var oversizedCount: UInt64 = 0

  /// Binds a socket; no other program can have the port at the same time.
  /// - Parameters:
  ///   - host: a numeric address of this machine.
  ///   - port: 0 to 65535; 0 for the system's choice.
  /// - Throws: ``TransportError`` with `.invalidAddress`, `.addressInUse` or `.listen`.
  public init(host: String, port: Int) throws(TransportError) {
    guard let wanted = SocketAddress(host: host, port: port) else {
      throw TransportError(.invalidAddress, "a numeric address and a port from 0 to 65535 are needed")
    }
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = ProcessLock.shared { socket(wanted.family, kind, 0) }
    guard descriptor >= 0 else { throw TransportError(system: errno) }
    Self.setOptions(of: descriptor, family: wanted.family)
    guard wanted.withPointer({ bind(descriptor, $0, $1) }) == 0,
      let address = DatagramAddress(SocketAddress.local(of: descriptor))
    else {
      let cause = errno
      Glibc.close(descriptor)
      throw TransportError(system: cause)
    }
    self.descriptor = descriptor
    self.address = address
  }

  deinit {
    if case .bound = state { Glibc.close(descriptor) }
  }

  private static func setOptions(of descriptor: Int32, family: Int32) {
    var size = Int32(bufferBytes)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    guard family == AF_INET6 else { return }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Receives from now on. Called once, on the loop.
  /// - Parameter receive: is called on the loop with each datagram and its sender; it may send and close.
  /// - Throws: ``TransportError`` with `.stopped` when the loop is ending.
  public func start(
    on loop: EventLoop, receive: @escaping ([UInt8], DatagramAddress) -> Void
  ) throws(TransportError) {
    precondition(loop.isCurrent, "a datagram socket starts on its loop")
    guard case .bound = state, loop.join(self) else { throw TransportError(.stopped, "the loop is ending") }
    let watch = DescriptorWatch(descriptor, on: loop) { [unowned self] isReadable, _ in
      // The watch ends before this object goes.
      if isReadable { takeWaiting() }
    }
    guard let watch else { throw TransportError(.listen, "the system cannot watch the socket") }
    state = .receiving
    self.receive = receive
    self.watch = watch
    watch.want(readable: true, writable: false)
  }

  /// Sends one datagram, now or never. On the loop.
  /// - Returns: false when it was dropped, which is counted.
  @discardableResult
  public func send(_ datagram: [UInt8], to address: DatagramAddress) -> Bool {
    guard case .receiving = state, address.isIPv6 == self.address.isIPv6 else {
      droppedCount += 1
      return false
    }
    let sent = address.socketAddress.withPointer { pointer, length in
      datagram.withUnsafeBytes { bytes in
        var sent = -1
        repeat {
          sent = sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
        } while sent < 0 && errno == EINTR
        return sent
      }
    }
    if sent == datagram.count { sentCount += 1 } else { droppedCount += 1 }
    return sent == datagram.count
  }

  private func takeWaiting() {
    for _ in 0..<Self.burst {
      guard case .receiving = state else { return }
      var sender = SocketAddress()
      let count = sender.withMutablePointer { recvfrom(descriptor, &scratch, Self.maximumBytes + 1, 0, $0, $1) }
      if count < 0 {
        // An ICMP error about an earlier datagram says nothing about the next one.
        if errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH { continue }
        return
      }
      guard count <= Self.maximumBytes else {
        oversizedCount += 1
        continue
      }
      guard let sender = DatagramAddress(sender) else { continue }
      receive?(Array(scratch[..<count]), sender)
    }
  }

  /// Closes the socket: the port is free and nothing is received when it returns. On the loop; calling it again is
  /// harmless.
  public func close() {
    if case .closed = state { return }
    state = .closed
    receive = nil
    watch?.close()
    watch = nil
    Glibc.close(descriptor)
  }

  package func beginShutdown() { close() }
  package func finishShutdown() {}
}
