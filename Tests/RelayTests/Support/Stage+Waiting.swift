// What tests of the queue for sessions have in common.
import AvatarProvider
import Signaling

@testable import Relay

extension Stage {
  /// A stage where up to three opens wait for half a minute.
  /// - Parameter places: how many sessions the relay may have at the offering provider; nil for any number.
  static func waiting(places: Int? = 1, _ change: (inout RelayLimits) -> Void = { _ in }) -> Stage {
    Stage {
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
