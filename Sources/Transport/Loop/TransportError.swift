// Says what can go wrong when a loop, a listener or a client is set up.
import Glibc

/// Why a loop, a listener or a client could not be made.
public struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// The event loop could not be created.
    case loop
    /// The address is not one that can be listened on.
    case invalidAddress
    /// Another program listens on the port.
    case addressInUse
    /// The system refused to listen.
    case listen
    /// Certificate or key could not be read, or do not belong together.
    case certificate
    /// The loop was stopped already.
    case stopped
  }

  public let code: Code
  /// The cause in the system's or library's words.
  public let detail: String

  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  public var description: String { "\(code.rawValue): \(detail)" }
}

extension TransportError {
  /// - Parameter cause: the `errno` of `socket`, `bind` or `listen`, read at once.
  package init(system cause: Int32) {
    let code: Code =
      switch cause {
      case EADDRINUSE: .addressInUse
      case EADDRNOTAVAIL: .invalidAddress
      default: .listen
      }
    self.init(code, String(cString: strerror(cause)))
  }
}
