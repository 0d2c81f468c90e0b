// States the version that both programs, their packages, the kits and the descriptions of the mock have.

/// The version of everything that is released together.
public enum ProductVersion {
  /// As `MAJOR.MINOR.PATCH` (semver.org). `packaging/dist` reads this line, and `web/package.json` has the same.
  public static let text = "0.1.0"
}
