// Takes sessions up again that are written down.
import Signaling

extension SessionRegistry {
  /// Takes a session up that another life of the relay had. It waits for its client for the grace time and is then
  /// closed at its provider.
  /// - Returns: false where its provider is not configured, or the session is here already, or the relay is leaving.
  public func restore(_ memento: SessionMemento) -> Bool {
    guard !service.isDraining, sessions[memento.session] == nil, let provider = providers[memento.provider.rawValue]
    else { return false }
    let machine = SessionMachine(restoring: memento, traits: provider.traits, limits: limits, at: clock.now)
    let memory = AnswerMemory(
      maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered,
      inheriting: memento.speaks, highest: memento.highestRequest)
    let entry = SessionEntry(
      machine: machine, provider: provider, memory: memory, ordinal: nextTicket(),
      subject: memento.subject.map { .token($0) } ?? .address("restored"), since: clock.now, owner: memento.subject)
    sessions.insert(memento.session, entry)
    quotas.beginDay(of: memento.session, on: self)
    setAlarm(for: memento.session)
    log(memento.session, "session is restored")
    return true
  }

  /// A session as it can be written down; nil unless it is open.
  public func memento(of session: SessionID) -> SessionMemento? {
    guard let entry = sessions[session] else { return nil }
    return entry.machine.memento(entry.memory, owner: entry.owner, at: clock.now)
  }
}
