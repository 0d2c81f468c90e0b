// Tells systemd how the service is doing, by the datagrams of its notification protocol (sd_notify(3), without its library).
import CTransport
import Glibc

/// The way to the service manager that started this program. What cannot be delivered is dropped: a service runs on
/// without its manager.
public struct ServiceNotifier: Sendable {
  /// What a service manager is told.
  public enum Notice: Sendable, Hashable {
    /// The service serves.
    case ready
    /// It reads its files again; `.ready` follows.
    case reloading
    /// It has begun to end.
    case stopping
    /// It is alive.
    case watchdog

    /// The lines of the datagram (sd_notify(3), "Well-known assignments").
    var text: String {
      switch self {
      case .ready: "READY=1"
      case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Int64(EventLoop.uptime / .microseconds(1)))"
      case .stopping: "STOPPING=1"
      case .watchdog: "WATCHDOG=1"
      }
    }
  }

  /// A path, or an abstract name that begins with `@`.
  private let address: String
  /// How often the service has to say that it is alive; half of what the manager allows (sd_watchdog_enabled(3)). Nil where
  /// it does not ask for that.
  public let watchdogInterval: Duration?

  /// - Parameter environment: `NOTIFY_SOCKET` names the manager's socket, `WATCHDOG_USEC` and `WATCHDOG_PID` what it
  ///   expects, and of whom.
  /// - Returns: nil where no service manager asks for notices.
  public init?(environment: [String: String]) {
    guard let address = environment["NOTIFY_SOCKET"], let first = address.utf8.first,
      first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
    else { return nil }
    self.address = address
    let isMeant = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
    let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 1 ? $0 : nil }
    watchdogInterval = isMeant ? limit.map { .microseconds($0 / 2) } : nil
  }

  /// Sends one notice without waiting.
  public func send(_ notice: Notice) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(address.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { return }
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = ProcessLock.shared { socket(AF_UNIX, kind, 0) }
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let text = Array(notice.text.utf8)
    _ = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        text.withUnsafeBytes { sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), address, length) }
      }
    }
  }
}
