// Says what is wrong with a configuration, and what the transport or the ledger refused, in the words of the settings.
import Basics
import Ledger
import Transport

/// A configuration that cannot be used. It names the key and the source, never a value that may be a secret.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// A key that does not exist, in the file or the environment.
    case unknownKey
    /// A value of the wrong type or outside its range.
    case invalidValue
    /// A file that cannot be read, or whose content has another form.
    case unreadableFile
    /// Values that exclude each other, or that are not safe together.
    case conflict
    /// An address, a certificate or an authority that the system refused.
    case refusedBySystem
  }

  public let code: Code
  /// One sentence that says what to change.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

extension ConfigurationError {
  /// A listener that could not be started.
  /// - Parameter settings: the settings that say where.
  init(
    _ error: TransportError, listeningAs listener: ListenerConfiguration,
    _ settings: String = "listen.port or listen.unix-socket"
  ) {
    let address =
      switch listener.address {
      case .tcp(let host, let port): HostName.authority(host, port: port)
      case .unix(let path): path
      }
    let message =
      switch error.code {
      case .addressInUse: "another program listens on \(address); choose another \(settings)"
      case .certificate: "listen.certificate and listen.certificate-key cannot be used: \(error.detail)"
      case .invalidAddress, .listen, .loop, .stopped: "\(address) cannot be listened on: \(error.detail)"
      }
    self.init(.refusedBySystem, message)
  }

  /// An upstream client that could not be started.
  init(_ error: TransportError, calling upstream: HTTPClientConfiguration) {
    let message =
      error.code == .certificate
      ? "upstream.ca-file \(upstream.extraCAFile ?? "") holds no certificate authority that can be read"
      : "the upstream client cannot be started: \(error.detail)"
    self.init(.refusedBySystem, message)
  }

  /// A ledger that cannot be used: nothing is served, since sessions could be lost.
  init(_ failure: LedgerFailure, path: String) {
    self.init(.refusedBySystem, "ledger \(path) cannot be used (\(failure.code.rawValue)): \(failure.message)")
  }
}
