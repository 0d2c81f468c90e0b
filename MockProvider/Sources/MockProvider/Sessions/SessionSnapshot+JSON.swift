// A session as the control surface writes it.
import StrictJSON
import Timekeeping

extension SessionSnapshot {
  init<Details>(
    vendor: Vendor, session: MockSession<Details>, holdsSlot: Bool, at now: MonotonicInstant
  ) {
    self.vendor = vendor.rawValue
    contract = session.contract
    id = session.id
    state =
      switch (session.state, session.peer.progress) {
      case (.ended(let cause, _), _): .ended(cause)
      case (.open, .offered): .new
      case (.open, .answered): .connecting
      case (.open, .up): .connected
      case (.open, .gone): .disconnected
      }
    self.holdsSlot = holdsSlot
    candidates = session.peer.candidateCount
    hasEndOfCandidates = session.peer.hasEndOfCandidates
    expiresIn = session.deadline.map { now.duration(to: $0.at) }
    options = session.options
    talks = session.talks.talks.map {
      Talk(id: $0.id, phase: $0.phase(at: now).rawValue, duration: $0.duration)
    }
    media = session.peer.media
  }

  /// The word for the state: `new`, `connecting`, `connected`, `disconnected` or `ended`.
  var stateName: String {
    switch state {
    case .new: "new"
    case .connecting: "connecting"
    case .connected: "connected"
    case .disconnected: "disconnected"
    case .ended: "ended"
    }
  }

  var json: JSONValue {
    var object: JSONObject = [
      "vendor": .string(vendor), "contract": .string(contract), "id": .string(id), "state": .string(stateName),
    ]
    if case .ended(let cause) = state { object["endCause"] = .string(cause.rawValue) }
    object["holdsSlot"] = .bool(holdsSlot)
    object["candidates"] = .integer(Int64(candidates))
    object["endOfCandidates"] = .bool(hasEndOfCandidates)
    if let expiresIn { object["expiresInMs"] = .integer(expiresIn.milliseconds) }
    object["options"] = options
    object["talks"] = .array(
      talks.map {
        ["id": .string($0.id), "phase": .string($0.phase), "durationMs": .integer($0.duration.milliseconds)]
      })
    if let media { object["media"] = media.json }
    return .object(object)
  }
}
