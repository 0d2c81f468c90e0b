// What came of a URL.

/// The bytes behind a URL, or why there are none: for the URLs of vendors' own servers there never are.
public enum MediaOutcome: Sendable, Hashable {
  case loaded([UInt8])
  case notLoaded(MediaRefusal)
}
