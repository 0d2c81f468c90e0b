// Counts one by one what the registry says that it keeps count of, and sets up what tests of the queue for sessions
// have in common.
import AvatarProvider
import Signaling

@testable import Relay

extension RegistryFixture {
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
    for connection in Set(
      allConnections.map(\.connection.id) + entries.compactMap(\.connection) + opens.map(\.connection))
    {
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

extension RegistryFixture {
  /// A fixture where up to three opens wait for half a minute.
  /// - Parameter places: how many sessions the relay may have at the offering provider; nil for any number.
  static func waiting(places: Int? = 1, _ change: (inout RelayLimits) -> Void = { _ in }) -> RegistryFixture {
    RegistryFixture {
      $0.maximumSessionsPerProvider["offering"] = places
      $0.waitingOpens = 3
      $0.waitingTime = .seconds(30)
      change(&$0)
    }
  }

  var waitingOpens: Int { registry.assumeIsolated { $0.waitingCount } }
}

extension Call {
  static let openOffering = Call.open(provider: "offering", avatar: nil, options: [:])
}

extension ProviderFailure {
  /// As D-ID says that it has no place.
  static let sessionLimitReached = ProviderFailure(
    .sessionLimit, "full", vendor: .init(status: 403, code: "Forbidden", message: "Max user sessions reached"))
}
