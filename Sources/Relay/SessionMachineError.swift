// What cannot happen to a session in its state.
import Signaling

/// An event that a session cannot have in its state: a mistake of the program, never of a client.
enum SessionMachineError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The event does not belong to the state.
  case unexpected(event: String, state: SessionState)
  /// A call came to its end that was not running.
  case unknownCall(RequestID)
  /// A call was answered with the outcome of another.
  case wrongOutcome(RequestID)

  var description: String {
    switch self {
    case .unexpected(let event, let state): "\(event) cannot happen to a session that is \(state.rawValue)"
    case .unknownCall(let request): "no call of request \(request) is running"
    case .wrongOutcome(let request): "the call of request \(request) had the outcome of another"
    }
  }
}
