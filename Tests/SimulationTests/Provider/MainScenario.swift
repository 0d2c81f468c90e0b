// Looks at a mock's main scenario, and brings trouble to it.
@testable import MockProvider

extension MockState {
  var journal: Journal { (try? with(.main) { $0.journal }) ?? Journal() }
  var sessions: [SessionStatus] { (try? with(.main) { $0.sessions }) ?? [] }

  /// - Throws: what keeps the fault from being armed.
  func force(_ fault: Fault) throws {
    try with(.main) { scenario in
      Result { () throws(FaultError) in try scenario.faults.add(fault) }
    }.get()
  }

  func clearFaults() { _ = try? with(.main) { $0.faults.clear() } }
}
