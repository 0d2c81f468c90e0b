// Counts what the registry says that it keeps count of.
import AvatarProvider

@testable import Relay

extension Stage {
  /// What the registry's numbers are not, counted one by one; empty if all are right.
  var countMistakes: [String] { registry.assumeIsolated { $0.countMistakes } }
}

extension SessionRegistry {
  fileprivate var countMistakes: [String] {
    var mistakes: [String] = []
    func expect(_ kept: Int, _ counted: Int, _ what: String) {
      if kept != counted { mistakes.append("\(what): \(kept) are kept, \(counted) are there") }
    }
    let entries = allSessions.map(\.value)
    let places = entries.filter { $0.machine.visibleState != .closed }
    expect(sessionCount, entries.count, "sessions")
    expect(counts.holdingPlace, places.count, "places")
    expect(counts.open, entries.count { $0.isOpenOrClosing }, "open sessions")
    expect(counts.unended, entries.count { $0.isUnended }, "sessions that nobody ends yet")
    for provider in providers.values.map(\.id) {
      expect(counts.holdingPlaceAt[provider], places.count { $0.provider.id == provider }, "at \(provider)")
      expect(
        orphans.table.countAt[provider], orphans.table.all.map(\.value).count { $0.provider == provider }, "left there")
      let unseen = orphans.table.all.filter { orphan in
        if case .unseen = orphan.value.kind { orphan.value.provider == provider } else { false }
      }
      expect(orphans.table.unseen(at: provider).count, unseen.count, "unseen at \(provider)")
    }
    let room = waiting.room
    let opens = room.queues.values.flatMap(\.waiting)
    expect(room.count, opens.count, "waiting")
    for subject in Set(entries.map(\.subject) + opens.map(\.subject)) {
      expect(counts.holdingPlaceFor[subject], places.count { $0.subject == subject }, "for \(subject)")
      expect(room.countFor[subject], opens.count { $0.subject == subject }, "waiting for \(subject)")
    }
    for connection in Set(allConnections.map(\.connection.id) + entries.compactMap(\.connection) + opens.map(\.connection)) {
      expect(
        counts.holdingPlaceOn[connection], places.count { $0.connection == connection }, "on \(connection)")
      expect(room.countOn[connection], opens.count { $0.connection == connection }, "waiting on \(connection)")
      let own = self.connection(connection)?.sessions ?? []
      if Set(own) != Set(allSessions.filter { $0.value.connection == connection }.map(\.key)) {
        mistakes.append("connection \(connection) has \(own)")
      }
    }
    for subject in Set(entries.compactMap(\.budgetSubject)) {
      expect(quotas.sessions(of: subject).count, entries.count { $0.budgetSubject == subject }, "of \(subject)")
    }
    return mistakes
  }
}

extension SessionEntry {
  fileprivate var isOpenOrClosing: Bool {
    switch machine.state {
    case .open, .closing: true
    case .opening, .abandoned, .closed: false
    }
  }

  fileprivate var isUnended: Bool {
    switch machine.state {
    case .opening, .open: true
    case .abandoned, .closing, .closed: false
    }
  }
}
