// What the transport refused, in the words of the settings.
import Basics
import Transport

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
}
