// Writes to the log of sessions: names, states and counts, never what was said or negotiated.
import AvatarProvider
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  func log(
    _ session: SessionID, level: Logger.Level = .info, _ message: Logger.Message, _ more: Logger.Metadata = [:]
  ) {
    guard let entry = sessions[session] else { return }
    let machine = entry.machine
    let roundTrip = entry.connection.flatMap { connections[$0]?.connection.roundTripTime }
    let own: Logger.Metadata = [
      "session": "\(session)", "provider": "\(entry.provider.id)",
      "connection": "\(entry.connection.map(\.description) ?? "none")",
      "candidates": "\(machine.candidatesDelivered)", "talks": "\(machine.talks.acceptedCount)",
      "roundTripMs": "\(roundTrip.map { String($0.milliseconds) } ?? "unknown")",
      "ice": "\(machine.iceState.rawValue)", "pair": "\(machine.selectedPair ?? "unknown")",
    ]
    logger.log(level: level, message, metadata: own.merging(more) { _, new in new })
  }

  /// The provider's own words may quote a text, so only its codes are written.
  func log(_ failure: ProviderFailure, of call: String, _ session: SessionID) {
    if let provider = sessions[session]?.provider.id { counters.count(failure.code, of: provider) }
    log(
      session, level: .notice, "provider call failed",
      [
        "call": "\(call)", "failure": "\(failure.code.rawValue)",
        "status": "\(failure.vendor.map { String($0.status) } ?? "none")", "code": "\(failure.vendor?.code ?? "none")",
      ])
  }
}

extension ProviderCall {
  /// The call's name in the log.
  var name: String {
    switch self {
    case .describe: "describe"
    case .add: "add"
    case .speak: "speak"
    case .interrupt, .cut: "interrupt"
    case .extend: "extend"
    }
  }
}
