// The bundle of the board; the pages that show one load it.
import "./board/main.js";
