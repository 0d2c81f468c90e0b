// Lets a program look at its certificate before it listens.

extension ListenerConfiguration.TLS {
  /// Reads both files without listening.
  /// - Throws: ``TransportError`` `.certificate` when one cannot be read or they do not belong together.
  public func check() throws(TransportError) { try CertificatePair.check(self) }
}
