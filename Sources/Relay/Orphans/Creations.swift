// Says which sessions are being created at a provider at this moment, since they have no name yet.
import AvatarProvider
import Signaling

/// The calls that create sessions and have not come back.
final class Creations {
  private var running: [SessionID: ProviderID] = [:]
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func begin(_ session: SessionID, at provider: ProviderID) { running[session] = provider }

  func end(_ session: SessionID) {
    running[session] = nil
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume() }
  }

  /// Returns once each creation at a provider that is under way now has come to its end.
  func wait(at provider: ProviderID, on registry: isolated SessionRegistry) async {
    let awaited = running.filter { $0.value == provider }.keys
    while awaited.contains(where: { running[$0] != nil }) {
      await withCheckedContinuation { waiter in
        let isUnderWay = awaited.contains { running[$0] != nil }
        if isUnderWay { waiters.append(waiter) } else { waiter.resume() }
      }
    }
  }
}
