"""OpenCV: pictures, and the faces in them. Nothing outside this folder knows it."""
