// Says in one line why a mock cannot be started, in the words of its options.
import Glibc
import Transport

/// Why the program cannot start.
public struct MockStartError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence that names what is wrong.
  public let description: String

  /// What the transport or the voice said.
  init(_ error: any Error) { description = (error as? TransportError)?.detail ?? "\(error)" }

  init(description: String) { self.description = description }

  /// - Throws: ``MockStartError`` with the name of the first folder that is none.
  static func check(folders: [String]) throws(MockStartError) {
    for folder in folders {
      var status = stat()
      guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw MockStartError(description: "--media-folder \(folder) is no folder that can be read")
      }
    }
  }
}

extension TransportError {
  /// The same error, in words that name the address and the option that sets it.
  func about(_ address: String, choose option: String) -> TransportError {
    switch code {
    case .addressInUse: TransportError(code, "another program listens on \(address); choose another by \(option)")
    default: TransportError(code, "\(address) cannot be listened on (\(option)): \(detail)")
    }
  }
}
