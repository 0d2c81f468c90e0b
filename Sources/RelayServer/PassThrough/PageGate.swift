// Decides which pages may call a vendor's API here, and in whose name: by their origin, and by what they show as a key.
import Basics
import Cryptography
import LogLines
import Logging
import Relay
import Signaling
import Transport
import Wire

/// The way in for calls and for sockets. Lives on the event loop.
actor PageGate {
  private let loop: EventLoop
  private let origins: OriginPolicy
  private let clientAddress: ClientAddress
  private let registry: SessionRegistry
  private let logger: Logger
  private var callers: PassThroughCallers

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ configuration: RelayConfiguration, loop: EventLoop, registry: SessionRegistry, logger: Logger,
    callers: PassThroughCallers
  ) {
    self.loop = loop
    self.registry = registry
    self.callers = callers
    self.logger = logger.ofStrangers
    origins = OriginPolicy(configuration)
    clientAddress = configuration.clientAddress
  }

  func replace(gate: TokenGate) { callers.gate = gate }

  /// Where a request comes from.
  nonisolated func network(of request: HTTPRequest) -> PeerNetwork { clientAddress.network(of: request) }

  /// Why a page may not call whatever it shows; nil for one that may.
  nonisolated func refusal(ofOriginOf request: HTTPRequest) -> SignalingError? {
    guard !origins.allowsCall(request) else { return nil }
    assumeIsolated { $0.note("a page of an origin or a host that is not allowed made a vendor's call", request) }
    return SignalingError(.accessForbidden, "this origin or host may not call; see web.allowed-origins")
  }

  /// Who calls. A token that is no good is counted and logged.
  nonisolated func caller(_ request: HTTPRequest) -> Result<PassThroughCaller, SignalingError> {
    assumeIsolated { gate in
      Result { () throws(SignalingError) in
        do throws(SignalingError) {
          return try gate.callers.caller(request, from: gate.clientAddress.network(of: request))
        } catch {
          gate.registry.assumeIsolated { $0.refused(error) }
          gate.note("token refused", request, ["reason": "\(error.message)"])
          throw error
        }
      }
    }
  }

  /// Hands a token out that is good for one session of a caller.
  nonisolated func handOut(to caller: PassThroughCaller) -> Result<String, SignalingError> {
    assumeIsolated { gate in Result { () throws(SignalingError) in try gate.callers.handOut(to: caller) } }
  }

  /// A caller is about to open a session.
  nonisolated func use(_ caller: PassThroughCaller) -> Result<Void, SignalingError> {
    assumeIsolated { gate in Result { () throws(SignalingError) in try gate.callers.use(caller) } }
  }

  /// No session was opened for a caller.
  nonisolated func giveBack(to caller: PassThroughCaller) { assumeIsolated { $0.callers.giveBack(to: caller) } }

  private func note(_ what: Logger.Message, _ request: HTTPRequest, _ more: Logger.Metadata = [:]) {
    let address: Logger.Metadata = ["address": "\(clientAddress.network(of: request))"]
    logger.notice(what, metadata: address.merging(more) { _, new in new })
  }
}
