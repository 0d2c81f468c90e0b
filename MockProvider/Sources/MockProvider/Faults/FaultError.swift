// Why a fault cannot be set.

/// What is wrong with a fault.
public enum FaultError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The vendor has no error of that name.
  case unknownError(String)
  /// `times`, `skip`, `delay`, a status or a header is out of its range.
  case outOfRange(String)
  /// ``Scenario/faultLimit`` faults wait already.
  case tooMany

  public var description: String {
    switch self {
    case .unknownError(let name): "\(name.prefix(64)): no error of that name for these calls; see GET /__admin/errors"
    case .outOfRange(let what): "\(what) is out of its range"
    case .tooMany: "\(Scenario.faultLimit) faults wait already"
    }
  }
}
