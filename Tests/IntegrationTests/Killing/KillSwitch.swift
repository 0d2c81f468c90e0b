// Kills a relay inside the process: from a chosen moment on nothing of it has any effect.
import Synchronization

/// Counts the moments at which a relay touches the world, and ends its life at one of them.
final class KillSwitch: Sendable {
  private struct State {
    var moments: [String] = []
    var isDead = false
    var onDeath: (@Sendable () -> Void)?
  }

  private let target: Int?
  private let state = Mutex(State())

  /// - Parameter target: the moment of the end, counted from 1; nil for none.
  init(target: Int?) { self.target = target }

  var moments: [String] { state.withLock { $0.moments } }
  var isDead: Bool { state.withLock { $0.isDead } }

  /// Where it died.
  var place: String { state.withLock { $0.isDead ? "\($0.moments.count) \($0.moments.last ?? "")" : "nowhere" } }

  func onDeath(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onDeath = action } }

  /// The relay is about to do something, or has done it.
  /// - Returns: false when it is dead.
  func pass(_ moment: String) -> Bool {
    let action: (@Sendable () -> Void)? = state.withLock { state in
      guard !state.isDead else { return nil }
      state.moments.append(moment)
      guard state.moments.count == target else { return nil }
      state.isDead = true
      return state.onDeath
    }
    action?()
    return !isDead
  }
}
