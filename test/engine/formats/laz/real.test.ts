import { compareRealFiles } from "./real-files.js"

// The larger files are the slow suite's.
compareRealFiles((sizeBytes) => sizeBytes < 500_000)
