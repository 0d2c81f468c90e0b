// What the system says when it refuses a socket.
import Glibc

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
