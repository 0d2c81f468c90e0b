// libFuzzer's entry point for JWK Sets.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKeySet(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try KeyProperties.set(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    fatalError("\(error)")
  }
  return 0
}
